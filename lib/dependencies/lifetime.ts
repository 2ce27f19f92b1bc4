import { got } from "../errors.ts";
import type { Executor } from "../threads/executor.ts";
import { checkPool } from "./check-pool.ts";
import { LifetimeStore } from "./lifetime-store.ts";
import type { Lifetime, OpenLifetime, UncheckedInputs } from "./open-lifetime.ts";

class LifetimeRecord {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  _inWords(): string {
    return `lifetime "${this.name}"`;
  }

  open(options?: {
    readonly inputs?: object | undefined;
    readonly parent?: OpenLifetime | undefined;
    readonly pool?: Executor | undefined;
  }): OpenLifetime {
    const { inputs = {}, parent, pool } = options ?? {};
    if (typeof inputs !== "object" || inputs === null) {
      throw new TypeError(`Expected \`inputs\` to be a record, got ${got(inputs)}`);
    }
    if (parent !== undefined && !(parent instanceof LifetimeStore)) {
      throw new TypeError(`Expected \`parent\` to be an open lifetime, got ${got(parent)}`);
    }
    if (parent?.chain.has(this) === true) {
      throw new TypeError(
        `Expected \`parent\` to be another lifetime than "${this.name}", which cannot be inside itself`,
      );
    }
    checkPool(pool);
    return new LifetimeStore(this, inputs, parent, pool);
  }
}

/**
 * Names how long values live that outlive one resolution. Providers are put in it with `provide.in` and `inline.in`, and made
 * once in each {@link OpenLifetime}, when first needed.
 *
 * Lifetimes nest in whatever order the application opens them. A provider may depend on what lives in an enclosing
 * lifetime, never on what lives shorter than itself: that is a `CaptiveDependencyError`.
 *
 * @param name - for messages
 * @typeParam Inputs - the inputs that `open` must be given; unless it is said, any are taken and what is missing shows at run time
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
