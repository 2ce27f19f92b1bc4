import type { Cloneable, NotCloneable } from "./cloneable.ts";
import type { ValuesOf } from "./provider.ts";

/**
 * What a function that returns an `R` sends from its thread: what it returns or yields, and nothing if it is async, for
 * then it does not run in one. Neither is anything known of one that returns `any` or `unknown`.
 *
 * @public
 */
export type Crossing<R> = unknown extends R
  ? never
  : R extends AsyncGenerator<unknown, unknown, unknown> | PromiseLike<unknown>
    ? never
    : R extends Generator<infer Yielded, unknown, unknown>
      ? Yielded
      : R;

/**
 * Whether a value can be sent between threads.
 *
 * @public
 */
export type Sendability<T> = [T] extends [Cloneable<T, never>] ? "sendable" : "refused";

// In a generic function `"refused" extends …` is not decided yet. The compiler then leaves a child out that is not
// taken where the type parameters are `any`, as the first one here; so what is not known yet is let pass, and checked
// where it is.

/**
 * What a function of a provider may return, given that it returns an `R`. Results of plain functions and what plain
 * generators yield come from a worker thread, so they must be {@link Cloneable}.
 *
 * @public
 */
export type Returnable<R> =
  "refused" extends Sendability<Crossing<R>>
    ? R extends Generator<infer Yielded, unknown, unknown>
      ? Generator<Cloneable<Yielded>, unknown, undefined>
      : Cloneable<R>
    : unknown;

/**
 * The dependencies `D` that a function which returns an `R` may take. Those of a plain function are sent to a worker
 * thread.
 *
 * @public
 */
export type Takable<D, R> = "refused" extends (
  [Crossing<R>] extends [never]
    ? "sendable"
    : { [Name in keyof D]: Sendability<ValuesOf<D>[Name]> }[keyof D]
)
  ? {
      readonly [Name in keyof D]: "refused" extends Sendability<ValuesOf<D>[Name]>
        ? NotCloneable<Name & string>
        : unknown;
    }
  : unknown;
