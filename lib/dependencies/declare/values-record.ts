import { setOwn } from "../../scope/own-property.ts";

/** The record of what depends on nothing. */
export const noValues: object = Object.freeze({});

/**
 * Makes records of values by name: plain objects, as a literal would be. Records of one shape share a hidden class: one
 * shape for each list of names keeps reading them fast.
 */
export class RecordShape {
  /** Makes one to be filled, in the order of the names. */
  readonly Empty: new () => Record<string, unknown>;
  /**
   * Whether one of the names is also in `Object.prototype`, as `__proto__` is: it must be defined rather than assigned.
   */
  readonly isSpecial: boolean;
  /** Never read: see `kept-shapes.ts`. */
  readonly kept: object;

  constructor(names: readonly string[]) {
    function Values(): void {}
    Values.prototype = Object.prototype;
    this.Empty = Values as unknown as RecordShape["Empty"];
    const kept = new this.Empty();
    this.isSpecial = isSpecial(names);
    for (const name of names) {
      if (this.isSpecial) setOwn(kept, name, undefined);
      else kept[name] = undefined;
    }
    this.kept = kept;
  }
}

function isSpecial(names: readonly string[]): boolean {
  return names.some((name) => name in Object.prototype);
}

/** One shape for each list of names. */
export class RecordShapes {
  readonly #byNames = new Map<string, RecordShape>();

  of(names: readonly string[]): RecordShape {
    if (isSpecial(names)) return new RecordShape(names);
    // Two lists that are the same when joined may share a shape, which decides nothing but speed.
    const joined = names.join();
    let shape = this.#byNames.get(joined);
    if (shape === undefined) this.#byNames.set(joined, (shape = new RecordShape(names)));
    return shape;
  }
}
