import { knowInCopies } from "../../errors/copies.ts";
import type { DeclarationSite } from "./declaration-site.ts";
import type { Limiter } from "../../tasks/limiter.ts";
import type { Executor, RunOptions } from "../../threads/executor.ts";
import type { AnyLifetime } from "./open-lifetime.ts";

/**
 * How a provider comes by its value.
 *
 * - `"async"`: an async function, awaited on the event loop
 * - `"async-generator"`: an async generator, torn down after the body
 * - `"offloaded"`: a plain function, run in a worker thread
 * - `"offloaded-generator"`: a plain generator, suspended in a worker thread until it is torn down there
 * - `"inline"`, `"inline-generator"`: plain functions that run on the event loop, synchronously
 * - `"input"`: given by the caller
 * - `"lazy"`, `"outcome"`, `"fresh"`: another way to depend on a provider
 *
 * @public
 */
export type ProviderKind =
  | "async"
  | "async-generator"
  | "offloaded"
  | "offloaded-generator"
  | "inline"
  | "inline-generator"
  | "input"
  | "lazy"
  | "outcome"
  | "fresh";

/**
 * A node of a dependency graph: how to come by a `T`. A provider is a plain value and its identity is the
 * object, never its name: the same provider reached over several ways runs once in a resolution, two providers
 * over one function run twice.
 *
 * `Needs` is the union of inputs that it and all it depends on ask for.
 *
 * @public
 */
export interface Provider<out T, out Needs = unknown> {
  readonly kind: ProviderKind;
  /** For messages and graphs. */
  readonly name: string;
  /** Where its value lives; `undefined`: in one resolution. */
  readonly lifetime: AnyLifetime | undefined;
  /** Only for the compiler: there is nothing here at run time. */
  readonly "~types"?: { readonly value: T; readonly needs: Needs };
}

/**
 * Dependencies by the name under which the provider's function receives them.
 *
 * @public
 */
export interface Dependencies<Needs = unknown> {
  readonly [name: string]: Provider<unknown, Needs>;
}

/**
 * The value of a provider.
 *
 * @public
 */
export type ValueOf<P extends Provider<unknown>> = NonNullable<P["~types"]>["value"];

/**
 * The values of a record of providers.
 *
 * @public
 */
export type ValuesOf<D> = {
  readonly [Name in keyof D]: D[Name] extends Provider<infer T> ? T : never;
};

/**
 * The needs of a record of providers: the union of theirs.
 *
 * @public
 */
export type NeedsOf<D extends Dependencies> = NonNullable<D[keyof D]["~types"]>["needs"];

/**
 * @public
 */
export interface ProviderOptions {
  /** Providers that must be ready before this one starts, though it does not take their values. */
  readonly after?: readonly Provider<unknown>[] | undefined;
  /**
   * How long the setup may take, in milliseconds; then its signal fires and the resolution fails with a
   * `DeadlineError`.
   */
  readonly timeoutMs?: number | undefined;
  /** How long the teardown may take, in milliseconds; then it is given up and reported, and the others go on. */
  readonly teardownTimeoutMs?: number | undefined;
  /**
   * A `CapacityLimiter`, a `RateLimiter`, or what else hands out permits: one is taken before the setup starts, and
   * given back after it, or after the teardown if there is one.
   */
  readonly limit?: Limiter | undefined;
  /** For messages and graphs; the function's name by default. */
  readonly name?: string | undefined;
}

/**
 * Options of providers that are plain functions or plain generators: besides those of every provider, how the call in a
 * thread runs. An executor that is no thread pool may have no use for `graceMs` and `limiter`.
 *
 * @public
 */
export interface ThreadProviderOptions
  extends
    ProviderOptions,
    Readonly<Pick<RunOptions, "onCancel" | "graceMs" | "limiter" | "onProgress">> {
  /** Where the function runs, whatever the resolution or the lifetime says. */
  readonly pool?: Executor | undefined;
}

/** A provider's function, whatever its kind. */
export type ProviderFunction = (deps: object, context?: object) => unknown;

/** What a provider is made of. */
export interface ProviderParts {
  readonly kind: ProviderKind;
  readonly name: string;
  readonly fn?: ProviderFunction | undefined;
  readonly keys?: readonly string[];
  readonly deps?: readonly ProviderRecord[];
  readonly options?: ThreadProviderOptions | undefined;
  readonly lifetime?: AnyLifetime | undefined;
  readonly input?: { readonly name: string; readonly optional: boolean } | undefined;
  /** The provider that a `"lazy"`, `"outcome"` or `"fresh"` stands for. */
  readonly inner?: ProviderRecord | undefined;
  readonly member?: { readonly family: object; readonly key: unknown } | undefined;
  /** The provider whose place in a lifetime this one takes; itself unless it is an original inside its own override. */
  readonly identity?: ProviderRecord | undefined;
  readonly site?: DeclarationSite | undefined;
}

const nothing: readonly never[] = [];
const noOptions: ThreadProviderOptions = {};
let made = 0;

/** Implementation of {@link Provider}. */
export class ProviderRecord implements Provider<unknown, never> {
  readonly kind: ProviderKind;
  readonly name: string;
  readonly lifetime: AnyLifetime | undefined;
  readonly fn: ProviderFunction | undefined;
  readonly keys: readonly string[];
  readonly deps: readonly ProviderRecord[];
  readonly after: readonly ProviderRecord[];
  readonly options: ThreadProviderOptions;
  readonly input: { readonly name: string; readonly optional: boolean } | undefined;
  readonly inner: ProviderRecord | undefined;
  readonly member: { readonly family: object; readonly key: unknown } | undefined;
  readonly identity: ProviderRecord;
  readonly site: DeclarationSite | undefined;
  /** Tells providers apart in words where the object itself cannot stand. */
  readonly serial: number = ++made;

  constructor(parts: ProviderParts) {
    this.kind = parts.kind;
    this.name = parts.name;
    this.fn = parts.fn;
    this.keys = parts.keys ?? nothing;
    this.deps = parts.deps ?? nothing;
    this.options = parts.options ?? noOptions;
    this.after = (this.options.after ?? nothing) as readonly ProviderRecord[];
    this.lifetime = parts.lifetime;
    this.input = parts.input;
    this.inner = parts.inner;
    this.member = parts.member;
    this.identity = parts.identity ?? this;
    this.site = parts.site;
  }

  _inWords(): string {
    return this.name === "" ? "a provider" : `the provider \`${this.name}\``;
  }

  /** The same provider as another object, which no override of the first one touches. */
  alias(): ProviderRecord {
    return new ProviderRecord(this);
  }

  /** The provider for one key of a family: like this one, and not the same. */
  memberOf(family: object, key: unknown): ProviderRecord {
    const { kind, name, fn, keys, deps, options, lifetime, input, inner, site } = this;
    const member = { family, key };
    return new ProviderRecord({
      kind,
      name,
      fn,
      keys,
      deps,
      options,
      lifetime,
      input,
      inner,
      member,
      site,
    });
  }

  static {
    knowInCopies(this, "ProviderRecord");
  }
}

export function isProvider(value: unknown): value is ProviderRecord {
  return value instanceof ProviderRecord;
}
