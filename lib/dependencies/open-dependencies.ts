import { ClosedError, SkeinError } from "../errors.ts";
import type { Blueprint } from "./plan/blueprint.ts";
import type { RequiredNames, WithoutInputs } from "./declare/need.ts";
import { overridesOf } from "./declare/override.ts";
import { planFor } from "./plan/plan-cache.ts";
import type { ResolveOptions } from "./resolve-dependencies.ts";
import { enterAll, leaveAll } from "./run-walk.ts";
import {
  type AnyOptions,
  type PreparedRun,
  prepareRun,
  RESOLVE_OPTIONS,
} from "./resolve-options.ts";
import { UNDECIDED, SUCCESS } from "./run/resource.ts";
import type { Verdict } from "../threads/held-generator.ts";
import type { Resolved, Target, TargetNeeds } from "./declare/targets.ts";
import { Walk } from "./run/walk.ts";

/**
 * Resolved dependencies whose teardown is up to you. Say {@link OpenDependencies.done | done} or
 * {@link OpenDependencies.fail | fail} before you dispose it: a disposer cannot see whether its block threw.
 *
 * @public
 */
export interface OpenDependencies<out Values> extends AsyncDisposable {
  readonly values: Values;
  /** All went well: generators are resumed after their `yield`. */
  done(): void;
  /** It failed: generators see `error` thrown from their `yield`. The first word counts. */
  fail(error: unknown): void;
  /**
   * Tears down, dependents first. Undecided, generators are ended where they stand: neither what follows the `yield`
   * nor a `catch` runs, only `finally`. Disposing again gives the same promise.
   *
   * Cancellation: none; a teardown that was begun is finished.
   *
   * @throws the first failure of a teardown, or what a generator has thrown in place of a failure that it was told of;
   *   the error given to `fail` is yours and is not thrown again
   */
  [Symbol.asyncDispose](): Promise<void>;
}

class OpenWalk implements OpenDependencies<unknown> {
  readonly values: unknown;
  readonly #finish: (verdict: Verdict) => Promise<void>;
  #verdict: Verdict = UNDECIDED;
  #disposed: Promise<void> | null = null;

  constructor(values: unknown, finish: (verdict: Verdict) => Promise<void>) {
    this.values = values;
    this.#finish = finish;
  }

  done(): void {
    this.#decide(SUCCESS);
  }

  fail(error: unknown): void {
    this.#decide({ kind: "failure", error });
  }

  #decide(verdict: Verdict): void {
    if (this.#disposed !== null) {
      throw new ClosedError("The dependencies were torn down already: decide before you dispose");
    }
    if (this.#verdict === UNDECIDED) this.#verdict = verdict;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#finish(this.#verdict);
    return this.#disposed;
  }
}

/**
 * Resolves a graph of providers for as long as you keep it: the form for `await using`, and for callers that cannot
 * put what they do into a callback. Where they can, `resolveDependencies` with a body is safer.
 *
 * Cancellation: as for `resolveDependencies`, until the values are there.
 *
 * @param target - a provider, or a record of providers
 * @param options - as for `resolveDependencies`
 *
 * @returns the values, and what closes them
 * @throws what `resolveDependencies` throws
 *
 * @example
 * ```ts
 * import { openDependencies, provide } from "skein";
 *
 * const tx = provide(async function* () {
 *   yield "a transaction";
 *   console.log("commit");
 * });
 * const dependencies = await openDependencies({ tx });
 * console.log(dependencies.values.tx);
 * dependencies.done();
 * await dependencies[Symbol.asyncDispose]();
 * // prints: a transaction
 * // prints: commit
 * ```
 *
 * @public
 */
export function openDependencies<T extends Target, OverrideNeeds = never>(
  target: T,
  options:
    | ResolveOptions<TargetNeeds<T>, OverrideNeeds>
    | ([RequiredNames<TargetNeeds<T>>] extends [never] ? undefined : never),
): Promise<OpenDependencies<Resolved<T>>>;
/** @public */
export function openDependencies<T extends Target>(
  target: T & WithoutInputs<TargetNeeds<T>>,
): Promise<OpenDependencies<Resolved<T>>>;
export function openDependencies(
  target: Target,
  options?: AnyOptions,
): Promise<OpenDependencies<unknown>> {
  const given = RESOLVE_OPTIONS.read(options);
  try {
    const blueprint = planFor(target, overridesOf(given));
    return openWalk(blueprint, prepareRun(blueprint, given));
  } catch (error) {
    if (error instanceof SkeinError) return Promise.reject(error);
    throw error;
  }
}

async function openWalk(blueprint: Blueprint, prepared: PreparedRun): Promise<OpenWalk> {
  const { hosts } = prepared;
  enterAll(hosts);
  const walk = new Walk(blueprint, prepared);
  let decide!: (verdict: Verdict) => void;
  // Waiting here, the teardown runs in the context of this call, whoever disposes.
  const decided = new Promise<Verdict>((resolve) => {
    decide = resolve;
  });
  const finish = async (): Promise<void> => {
    await walk.tearDown(await decided);
    leaveAll(walk, hosts);
  };
  await walk.setUp();
  if (!walk.enterBody()) {
    decide(UNDECIDED);
    await finish();
    walk.conclude();
  }
  const finished = finish().then(() => walk.conclude());
  finished.catch(() => {});
  return new OpenWalk(walk.targetValues(), (verdict) => {
    decide(verdict);
    return finished;
  });
}
