const bare: object = Object.freeze(Object.create(null));

/** The record of what depends on nothing. */
export const noValues: object = Object.freeze(Object.create(bare));

/**
 * Makes records of values by name that inherit nothing, so that a dependency may be called `constructor` or `__proto__`.
 * Records of one shape share a hidden class: one shape for each list of names keeps reading them fast, which
 * `Object.create(null)` would not (it makes dictionaries).
 */
export class RecordShape {
  /** Makes one to be filled, in the order of the names. */
  readonly Empty: new () => Record<string, unknown>;
  /** Never read: see `kept-shapes.ts`. */
  readonly kept: object;

  constructor(names: readonly string[]) {
    function Values(): void {}
    Values.prototype = bare;
    this.Empty = Values as unknown as RecordShape["Empty"];
    const kept = new this.Empty();
    for (const name of names) kept[name] = undefined;
    this.kept = kept;
  }
}

/** One shape for each list of names. */
export class RecordShapes {
  readonly #byNames = new Map<string, RecordShape>();

  of(names: readonly string[]): RecordShape {
    // Two lists that are the same when joined may share a shape, which decides nothing but speed.
    const joined = names.join();
    let shape = this.#byNames.get(joined);
    if (shape === undefined) this.#byNames.set(joined, (shape = new RecordShape(names)));
    return shape;
  }
}
