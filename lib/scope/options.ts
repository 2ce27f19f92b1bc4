import { isScope } from "./is-scope.ts";
import { nearestOf } from "./nearest.ts";
import { flattened, isLiteral, isOfEveryObject, isPlain } from "./plain.ts";
import { refuse } from "./refuse.ts";

/**
 * Throws for a value that an option cannot have; it is not asked about `undefined`.
 *
 * @public
 */
export type OptionCheck = (name: string, value: unknown) => void;

/**
 * What each option must be. The compiler sees to it that there is one for each, and none too many.
 *
 * @public
 */
export type OptionChecks<O> = Readonly<Record<keyof O, OptionCheck>>;

const NO_OPTIONS = /* @__PURE__ */ Object.freeze({});

/**
 * The options that something has. What nobody reads is refused: a misspelt `timeoutMs` would bound nothing, and an
 * instance of a class, a signal say, would be taken for an object without options; neither with a word.
 *
 * @example
 * ```ts
 * import { KnownOptions } from "skein/executor";
 *
 * const options = new KnownOptions<{ lane?: number }>("A call by post", () => ({
 *   lane: (name, value) => {
 *     if (typeof value !== "number") throw new TypeError(`Expected \`${name}\` to be a number`);
 *   },
 * }));
 * try {
 *   options.read({ lanes: 2 } as object);
 * } catch (error) {
 *   console.log((error as Error).message);
 * }
 * // prints: A call by post has no option `lanes`. Did you mean `lane`? Its options are lane
 * ```
 *
 * @public
 */
export class KnownOptions<O extends object> {
  readonly #whose: string;
  readonly #list: () => OptionChecks<O>;
  #checks: ReadonlyMap<string, OptionCheck> | undefined;

  /**
   * @param whose - what the options are of, as a message begins
   * @param list - called when they are first needed, so that a program does no work for options that it does not use;
   *   for each option what refuses a wrong value
   */
  constructor(whose: string, list: () => OptionChecks<NoInfer<O>>) {
    this.#whose = whose;
    this.#list = list;
  }

  /** For other options that have these among them. */
  get checks(): OptionChecks<O> {
    return this.#list();
  }

  get #byName(): ReadonlyMap<string, OptionCheck> {
    return (this.#checks ??= new Map(Object.entries(this.checks)));
  }

  /** Whether there is an option of this name. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /**
   * The options as given, with what they inherit as their own.
   *
   * @throws TypeError for what are no options, for one that there is not, and what the checks throw
   */
  read(given: O | undefined): O {
    if (given === undefined) return NO_OPTIONS as O;
    const options = isLiteral(given) ? given : this.#record(given);
    const checks = this.#byName;
    for (const name in options) {
      const check = checks.get(name);
      const value = options[name];
      if (check === undefined) this.#unknown(options, name);
      else if (value !== undefined) check(name, value);
    }
    return options;
  }

  #record(given: O): O {
    const record = recordOf(given);
    if (record !== null) return record;
    if (typeof given !== "object" || given === null) refuse("options", "an object", given);
    refuse("options", "a plain object", given, this.#adviceOn(given));
  }

  #unknown(options: O, name: string): void {
    if (isOfEveryObject(options, name)) return;
    const names = [...this.#byName.keys()];
    const nearest = nearestOf(name, names);
    const question = nearest === undefined ? "" : ` Did you mean \`${nearest}\`?`;
    const list = names.length === 0 ? "It has none" : `Its options are ${names.join(", ")}`;
    throw new TypeError(`${this.#whose} has no option \`${name}\`.${question} ${list}`);
  }

  /** What to write in place of an instance of a class. */
  #adviceOn(given: object): string {
    const place = this.has("signal") ? "{ signal }" : "{ scope: { signal } }";
    if (this.has("scope")) {
      if (isScope(given)) return ": write `{ scope }`";
      if (given instanceof AbortSignal) return `: write \`${place}\``;
    }
    const holdsSome = Object.keys(given).some((name) => this.has(name));
    return holdsSome ? ": write `{ ...options }`" : "";
  }
}

/** Options as a plain object, with what they inherit as their own. An `AbortController` is one with a `signal`. */
export function recordOf<O extends object>(given: O): O | null {
  if (isPlain(given)) return flattened(given);
  return given instanceof AbortController ? ({ signal: given.signal } as object as O) : null;
}
