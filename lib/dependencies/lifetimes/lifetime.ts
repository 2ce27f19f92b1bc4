import { got } from "../../errors.ts";
import { checkRecord } from "../../scope/option-values.ts";
import { KnownOptions } from "../../scope/options.ts";
import { checkPool } from "../declare/check-pool.ts";
import { LifetimeStore } from "./lifetime-store.ts";
import type {
  Lifetime,
  OpenLifetime,
  OpenOptions,
  UncheckedInputs,
} from "../declare/open-lifetime.ts";

type AnyOpenOptions = OpenOptions<object>;

const OPEN_OPTIONS = /* @__PURE__ */ new KnownOptions<AnyOpenOptions>("An open lifetime", () => ({
  inputs: checkRecord,
  parent: checkParent,
  pool: checkPool,
}));

function checkParent(name: string, value: unknown): void {
  if (value instanceof LifetimeStore) return;
  throw new TypeError(`Expected \`${name}\` to be an open lifetime, got ${got(value)}`);
}

class LifetimeRecord {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  _inWords(): string {
    return `lifetime "${this.name}"`;
  }

  open(options?: AnyOpenOptions): OpenLifetime {
    const { inputs = {}, pool, parent: given } = OPEN_OPTIONS.read(options);
    const parent = given as LifetimeStore | undefined;
    if (parent?.chain.has(this) === true) {
      throw new TypeError(
        `Expected \`parent\` to be another lifetime than "${this.name}", which cannot be inside itself`,
      );
    }
    return new LifetimeStore(this, inputs, parent, pool);
  }
}

/**
 * Names how long values live that outlive one resolution. Providers are put in it with `provide.in` and `inline.in`,
 * and made once in each {@link OpenLifetime}, when first needed.
 *
 * Lifetimes nest in whatever order the application opens them. A provider may depend on what lives in an enclosing
 * lifetime, never on what lives shorter than itself: that is a `CaptiveDependencyError`.
 *
 * @param name - for messages
 * @typeParam Inputs - the inputs that `open` must be given; unless it is said, any are taken and what is missing shows
 *   at run time
 * @returns the lifetime, to declare providers in and to open
 *
 * @example
 * ```ts
 * import { lifetime, provide, resolveDependencies } from "skein";
 *
 * const App = lifetime("app");
 * const pool = provide.in(App)(async function* () {
 *   console.log("open");
 *   yield { query: (sql: string) => `result of ${sql}` };
 *   console.log("close");
 * });
 *
 * const app = App.open();
 * for (const sql of ["select 1", "select 2"]) {
 *   await resolveDependencies({ pool }, { within: app }, ({ pool }) => console.log(pool.query(sql)));
 * }
 * await app.close();
 * // prints: open
 * // prints: result of select 1
 * // prints: result of select 2
 * // prints: close
 * ```
 *
 * @public
 */
export function lifetime<Inputs extends object = UncheckedInputs>(name: string): Lifetime<Inputs> {
  if (typeof name !== "string") {
    throw new TypeError(`Expected \`name\` to be a string, got ${got(name)}`);
  }
  return new LifetimeRecord(name) as Lifetime<Inputs>;
}
