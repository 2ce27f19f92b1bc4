import { got } from "../../errors.ts";
import { makeProvider } from "./make-provider.ts";
import type { NeedsMetBy } from "./need.ts";
import type { AnyLifetime, Lifetime } from "./open-lifetime.ts";
import type { ProviderContext } from "./provider-context.ts";
import type { Returnable, Takable } from "./crossing.ts";
import type { Provided } from "./provided.ts";
import type {
  Dependencies,
  NeedsOf,
  Provider,
  ProviderKind,
  ThreadProviderOptions,
  ValuesOf,
} from "./provider.ts";

/**
 * What a provider may depend on that lives in a lifetime with these inputs.
 *
 * @public
 */
export type NeedsAllowed<Inputs> = string extends keyof Inputs ? unknown : NeedsMetBy<Inputs>;

/**
 * Asks for nothing, and lets the compiler infer a `Given` from the result of a function alone. Another type parameter
 * may come from what is wanted of the provider, before the function is looked at: by that, one that is async seems to
 * be plain.
 *
 * @public
 */
export type Noted<Given, Same = Given> = [Given] extends [never] ? Same : unknown;

/**
 * `provide` for a lifetime: what it makes lives there. Inputs come from the lifetime, so a resolution need not give
 * them.
 *
 * @public
 */
export interface ProvideIn<Inputs> {
  <R>(
    fn: (deps: Record<never, never>, context: ProviderContext) => R & Returnable<R>,
    options?: ThreadProviderOptions,
  ): Provider<Provided<R>, never>;
  <const D extends Dependencies<NeedsAllowed<Inputs>>, R, Given>(
    deps: D & Takable<D, Given>,
    fn: (deps: ValuesOf<D>, context: ProviderContext) => R & Returnable<R> & Noted<Given>,
    options?: ThreadProviderOptions,
  ): Provider<Provided<R>, never>;
}

/**
 * The shapes of {@link provide}.
 *
 * @public
 */
export interface Provide {
  <R>(
    fn: (deps: Record<never, never>, context: ProviderContext) => R & Returnable<R>,
    options?: ThreadProviderOptions,
  ): Provider<Provided<R>, never>;
  <const D extends Dependencies, R, Given>(
    deps: D & Takable<D, Given>,
    fn: (deps: ValuesOf<D>, context: ProviderContext) => R & Returnable<R> & Noted<Given>,
    options?: ThreadProviderOptions,
  ): Provider<Provided<R>, NeedsOf<D>>;
  /** Makes providers whose values live in `lifetime` rather than in one resolution. */
  in<Inputs>(lifetime: Lifetime<Inputs>): ProvideIn<Inputs>;
}

const kinds: Readonly<Record<string, ProviderKind>> = {
  AsyncFunction: "async",
  AsyncGeneratorFunction: "async-generator",
  Function: "offloaded",
  GeneratorFunction: "offloaded-generator",
};

/**
 * Makes a provider: a value that says how to come by another, and from which other providers.
 *
 * The function decides where it runs. An async function is awaited on the event loop. A plain function runs in a worker
 * thread, so what it takes and returns must survive being copied; say `inline` for one that is to run on the event
 * loop. A generator is a resource: it yields its value once, and is resumed after the body to clean up. It then
 * learns the verdict: `yield` returns if all went well and throws the error otherwise.
 *
 * Cancellation: `context.signal` fires when the resolution is cancelled or fails while this setup is pending, never
 * once its value is ready. A setup that was started is always awaited, and torn down if it acquired something.
 *
 * @param deps - the providers that it needs; the keys name the values in the function's first parameter
 * @param fn - gets the values of `deps` and a `ProviderContext` (which a function in a worker thread does not get)
 *
 * @param options - `{ after, timeoutMs, teardownTimeoutMs, limit, name }`, and for plain functions
 *   `{ onCancel, graceMs, limiter, pool, onProgress }`
 *
 * @throws TypeError if `fn` is no function or a class, something in `deps` is no provider, or an option is invalid,
 *   or says how a function runs in a thread that runs on the event loop
 * @throws RangeError if a time in the options is below 0
 *
 * @example
 * ```ts
 * import { input, provide, resolveDependencies } from "skein";
 *
 * const id = input<number>()("id");
 * const db = provide(async function* () {
 *   console.log("begin");
 *   try {
 *     yield new Map([[7, "Ada"]]);
 *     console.log("commit");
 *   } catch (error) {
 *     console.log("rollback");
 *     throw error;
 *   }
 * });
 * const user = provide({ db, id }, async ({ db, id }) => db.get(id));
 *
 * await resolveDependencies({ user }, { inputs: { id: 7 } }, ({ user }) => console.log(user));
 * // prints: begin
 * // prints: Ada
 * // prints: commit
 * ```
 *
 * @public
 */
export const provide: Provide = /* @__PURE__ */ Object.assign(
  (...given: readonly unknown[]) => makeProvider("provide", kinds, undefined, given),
  {
    in: (lifetime: AnyLifetime) => {
      checkLifetime("provide.in", lifetime);
      return (...given: readonly unknown[]) => makeProvider("provide", kinds, lifetime, given);
    },
  },
) as Provide;

export function checkLifetime(maker: string, lifetime: unknown): asserts lifetime is AnyLifetime {
  if (typeof lifetime === "object" && lifetime !== null && "open" in lifetime) return;
  throw new TypeError(`Expected \`lifetime\` of ${maker} to be a lifetime, got ${got(lifetime)}`);
}
