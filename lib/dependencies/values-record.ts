/** Makes empty records to be filled with values by name. */
export type RecordMaker = new () => Record<string, unknown>;

const bare: object = Object.freeze(Object.create(null));

/**
 * A maker of records that inherit nothing, so that a dependency may be called `constructor` or `__proto__`.
 * Records of one maker share a hidden class: one maker for each list of names keeps reading them fast, which
 * `Object.create(null)` would not (it makes dictionaries).
 */
export function recordMaker(): RecordMaker {
  function Values(): void {}
  Values.prototype = bare;
  return Values as unknown as RecordMaker;
}
