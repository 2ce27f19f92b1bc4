/**
 * One input that a provider needs, directly or through what it depends on. Providers carry their needs as a
 * union of these: a union of a thousand is cheap for the type checker, an intersection of records is not.
 *
 * @public
 */
export interface Need<out Name extends string, out T, out Optional extends boolean = boolean> {
  readonly name: Name;
  readonly type: T;
  readonly optional: Optional;
}

/** @public */
export type AnyNeed = Need<string, unknown>;

/**
 * The names among `Needs` that must be given.
 *
 * @public
 */
export type RequiredNames<Needs> = Needs extends Need<infer Name, unknown, false> ? Name : never;

/**
 * The names among `Needs` that may be given.
 *
 * @public
 */
export type OptionalNames<Needs> = Exclude<
  Needs extends Need<infer Name, unknown> ? Name : never,
  RequiredNames<Needs>
>;

/**
 * What an input of this name must be: two providers that ask for one name must both be content.
 *
 * @public
 */
export type TypeNeeded<Needs, Name extends string> = (
  Needs extends Need<infer Named, infer T>
    ? Name extends Named
      ? (type: T) => void
      : never
    : never
) extends (type: infer All) => void
  ? All
  : never;

/**
 * The record of inputs for a union of needs.
 *
 * @public
 */
export type InputsOf<Needs> = {
  readonly [Name in RequiredNames<Needs>]: TypeNeeded<Needs, Name>;
} & {
  readonly [Name in OptionalNames<Needs>]?: TypeNeeded<Needs, Name> | undefined;
};

/**
 * The union of needs that a record of inputs meets.
 *
 * @public
 */
export type NeedsMetBy<Inputs> = {
  [Name in keyof Inputs & string]: Need<Name, Inputs[Name]>;
}[keyof Inputs & string];

/**
 * What the compiler names where inputs are needed and none are given: `Name` is the union of their names.
 *
 * @public
 */
export interface MissingInput<Name extends string> {
  readonly "needs options with inputs by these names": Name;
}

/**
 * Nothing for what can be resolved without inputs, and {@link MissingInput} for what cannot.
 *
 * @public
 */
export type WithoutInputs<Needs> = [RequiredNames<Needs>] extends [never]
  ? unknown
  : MissingInput<RequiredNames<Needs>>;
