import { makeProvider } from "./make-provider.ts";
import type { AnyLifetime, Lifetime } from "./open-lifetime.ts";
import { checkLifetime, type NeedsAllowed } from "./provide.ts";
import type { InlineProvided } from "./provided.ts";
import type { ProviderContext } from "./provider-context.ts";
import type {
  Dependencies,
  NeedsOf,
  Provider,
  ProviderKind,
  ProviderOptions,
  ValuesOf,
} from "./provider.ts";

/**
 * What a function that returns an `R` may give to run inline: anything but an async generator, which `provide` takes.
 *
 * @public
 */
export type InlineReturnable<R> = "refused" extends (
  [R] extends [Exclude<R, AsyncGenerator<unknown, unknown, unknown>>] ? "fine" : "refused"
)
  ? never
  : unknown;

/**
 * `inline` for a lifetime.
 *
 * @public
 */
export interface InlineIn<Inputs> {
  <R>(
    fn: (deps: Record<never, never>, context: ProviderContext) => R & InlineReturnable<R>,
    options?: ProviderOptions,
  ): Provider<InlineProvided<R>, never>;
  <const D extends Dependencies<NeedsAllowed<Inputs>>, R>(
    deps: D,
    fn: (deps: ValuesOf<D>, context: ProviderContext) => R & InlineReturnable<R>,
    options?: ProviderOptions,
  ): Provider<InlineProvided<R>, never>;
}

/**
 * The shapes of {@link inline}.
 *
 * @public
 */
export interface Inline {
  <R>(
    fn: (deps: Record<never, never>, context: ProviderContext) => R & InlineReturnable<R>,
    options?: ProviderOptions,
  ): Provider<InlineProvided<R>, never>;
  <const D extends Dependencies, R>(
    deps: D,
    fn: (deps: ValuesOf<D>, context: ProviderContext) => R & InlineReturnable<R>,
    options?: ProviderOptions,
  ): Provider<InlineProvided<R>, NeedsOf<D>>;
  /** Makes providers whose values live in `lifetime` rather than in one resolution. */
  in<Inputs>(lifetime: Lifetime<Inputs>): InlineIn<Inputs>;
}

const kinds: Readonly<Record<string, ProviderKind>> = {
  AsyncFunction: "inline",
  Function: "inline",
  GeneratorFunction: "inline-generator",
};

/**
 * Makes a provider of a plain function that runs on the event loop, synchronously: for trivial work, and for values
 * that live there, such as the instance of a class. What it returns or yields is awaited if it has a `then`: a promise,
 * or a query that runs when it is awaited; to provide such a query itself, put it into an object. A plain generator is
 * a resource, torn down after the body.
 *
 * @param deps - the providers that it needs; the keys name the values in the function's first parameter
 * @param fn - gets the values of `deps` and a `ProviderContext`
 *
 * @throws TypeError if `fn` is no function, a class or an async generator, or something in `deps` is no provider
 *
 * @example
 * ```ts
 * import { inline, resolveDependencies } from "skein";
 *
 * const now = inline(() => new Date(0));
 * const stamp = inline({ now }, ({ now }) => now.toISOString());
 * const values = await resolveDependencies({ stamp });
 * console.log(values.stamp);
 * // prints: 1970-01-01T00:00:00.000Z
 * ```
 *
 * @public
 */
export const inline: Inline = /* @__PURE__ */ Object.assign(
  (...given: readonly unknown[]) => makeProvider("inline", kinds, undefined, given),
  {
    in: (lifetime: AnyLifetime) => {
      checkLifetime("inline.in", lifetime);
      return (...given: readonly unknown[]) => makeProvider("inline", kinds, lifetime, given);
    },
  },
) as Inline;
