/**
 * The value of a provider whose function returns an `R`: what it yields if it is a generator, what it returns
 * otherwise, awaited.
 *
 * @public
 */
export type Provided<R> =
  R extends AsyncGenerator<infer Yielded, unknown, undefined>
    ? Yielded
    : R extends PromiseLike<infer Value>
      ? Value
      : R extends Generator<infer Yielded, unknown, undefined>
        ? Provided<Yielded>
        : R;

/**
 * What {@link Provided} is, for functions that run inline.
 *
 * @remarks In a generic function, where `R` is a type parameter, the compiler cannot work it out. What it then takes a
 * conditional type for is its result for the constraint of what it distributes over, which is why `How` is a parameter:
 * the constraint of its default is `"as it is"`, since a child that is `any` does not count. So the type may stand
 * where an `R` is wanted, as the result of an async function may, and becomes exact when `R` is known.
 *
 * @public
 */
export type InlineProvided<
  R,
  How = [R] extends [infer Given extends {} | null | undefined]
    ? Given extends PromiseLike<unknown> | Generator<unknown, unknown, undefined>
      ? any
      : "as it is"
    : "as it is",
> = How extends "as it is" ? (0 extends 1 & How ? Provided<R> : R) : never;
