import { got, LifetimeNotOpenError, MissingInputError } from "../errors.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import { checkRecord, oneOf } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { checkScope, checkSignal } from "../scope/scope-options.ts";
import { parentOf } from "../scope/signals.ts";
import type { Executor } from "../threads/executor.ts";
import type { Blueprint } from "./plan/blueprint.ts";
import { checkPool } from "./declare/check-pool.ts";
import { captive } from "./plan/captivity.ts";
import { canHold, cannotHold } from "./declare/holding-executor.ts";
import { LifetimeStore } from "./lifetimes/lifetime-store.ts";
import type { InputsOf, RequiredNames } from "./declare/need.ts";
import type { OpenLifetime } from "./declare/open-lifetime.ts";
import { checkOverrides, type Override } from "./declare/override.ts";
import type { PlanNode } from "./plan/plan-node.ts";
import type { TeardownOrder } from "./run/teardown.ts";
import type { WalkOptions } from "./run/walk-options.ts";

/**
 * How a plan is run.
 *
 * @public
 */
export interface ResolutionOptions {
  /** The enclosing scope, or anything with a `signal`. */
  readonly scope?: ScopeLike | undefined;
  /** An external signal whose abort cancels the resolution. */
  readonly signal?: AbortSignal | undefined;
  /** The open lifetime to run in, with all that enclose it; or several. */
  readonly within?: OpenLifetime | readonly OpenLifetime[] | undefined;
  /**
   * How many setups may be pending at once; 1 means one after the other, in order of declaration. Unlimited by default.
   */
  readonly concurrency?: number | undefined;
  /** `"sequential"` by default. */
  readonly teardown?: TeardownOrder | undefined;
  /** Where plain functions run; the default pool unless given. Plain generators need a {@link HoldingExecutor}. */
  readonly pool?: Executor | undefined;
}

/**
 * The part of the options that carries the inputs: needed if any input is.
 *
 * @public
 */
export type GivenInputs<Needs> = [RequiredNames<Needs>] extends [never]
  ? { readonly inputs?: InputsOf<Needs> | undefined }
  : { readonly inputs: InputsOf<Needs> };

/** Options of any resolution, read at run time. */
export interface AnyOptions extends ResolutionOptions {
  readonly inputs?: object | undefined;
  readonly overrides?: readonly Override[] | undefined;
}

/** Those of running a plan; its overrides are part of it. */
export const RUN_OPTIONS: KnownOptions<Omit<AnyOptions, "overrides">> =
  /* @__PURE__ */ new KnownOptions("The run of a plan", () => ({
    inputs: checkRecord,
    scope: checkScope,
    signal: checkSignal,
    within: checkLifetimesGiven,
    concurrency: checkConcurrency,
    teardown: oneOf("sequential", "parallel"),
    pool: checkPool,
  }));

export const RESOLVE_OPTIONS: KnownOptions<AnyOptions> = /* @__PURE__ */ new KnownOptions(
  "A resolution",
  () => ({
    ...RUN_OPTIONS.checks,
    overrides: checkOverrides,
  }),
);

function checkConcurrency(name: string, value: unknown): void {
  const expected = `Expected \`${name}\` to be 1 or more, got ${got(value)}`;
  if (typeof value !== "number") throw new TypeError(expected);
  if (!(value >= 1)) throw new RangeError(expected);
}

function checkLifetimesGiven(name: string, value: unknown): void {
  for (const store of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (store instanceof LifetimeStore) continue;
    throw new TypeError(
      `Expected \`${name}\` to be an open lifetime or a list of them, got ${got(store)}`,
    );
  }
}

const noInputs: Readonly<Record<string, unknown>> = {};
const noStores: ReadonlyMap<object, LifetimeStore> = new Map();

export interface PreparedRun extends WalkOptions {
  readonly hosts: readonly LifetimeStore[];
}

/** Checks everything that can be checked before anything runs. */
export function prepareRun(blueprint: Blueprint, options: AnyOptions): PreparedRun {
  const { inputs = noInputs, concurrency = Infinity, teardown = "sequential", pool } = options;
  const hosts = hostsOf(options.within);
  const stores = storesOf(hosts);
  checkLifetimes(blueprint, stores);
  checkInputs(blueprint, inputs, stores);
  for (const node of blueprint.kept) checkPoolOf(node, pool, stores);
  const parent =
    options.scope === undefined && options.signal === undefined
      ? null
      : parentOf(options.scope, options.signal);
  const given = inputs as Readonly<Record<string, unknown>>;
  return { inputs: given, parent, stores, concurrency, teardown, pool, hosts };
}

const noHosts: readonly LifetimeStore[] = [];

function hostsOf(within: AnyOptions["within"]): readonly LifetimeStore[] {
  if (within === undefined) return noHosts;
  return (Array.isArray(within) ? within : [within]) as LifetimeStore[];
}

function storesOf(hosts: readonly LifetimeStore[]): ReadonlyMap<object, LifetimeStore> {
  if (hosts.length === 0) return noStores;
  if (hosts.length === 1) return hosts[0]!.chain;
  const stores = new Map<object, LifetimeStore>();
  for (const host of hosts) {
    for (const [lifetime, store] of host.chain) {
      const other = stores.get(lifetime);
      if (other !== undefined && other !== store) {
        throw new TypeError(
          `Expected \`within\` to have lifetime "${store.lifetime.name}" once, got two of it`,
        );
      }
      stores.set(lifetime, store);
    }
  }
  return stores;
}

function checkLifetimes(blueprint: Blueprint, stores: ReadonlyMap<object, LifetimeStore>): void {
  for (const node of blueprint.borrowers) {
    if (stores.has(node.lifetime!)) continue;
    throw new LifetimeNotOpenError(
      `\`${blueprint.pathTo(node).join(" → ")}\` lives in lifetime "${node.lifetime!.name}", which is not open here: ` +
        `pass an open one as \`within\``,
    );
  }
  for (const { inner, outer, node, dependency } of blueprint.nestings) {
    if (!stores.get(inner)!.chain.has(outer)) throw captive(node, dependency);
  }
}

/** An executor must be able to keep the plain generators that it is to run, unless their values are there already. */
function checkPoolOf(
  node: PlanNode,
  pool: Executor | undefined,
  stores: ReadonlyMap<object, LifetimeStore>,
): void {
  const store = node.lifetime === undefined ? undefined : stores.get(node.lifetime);
  if (store?.find(node) !== undefined) return;
  const executor = node.provider.options.pool ?? store?.pool ?? pool;
  if (executor !== undefined && !canHold(executor)) throw cannotHold(node.plan!.pathTo(node));
}

function checkInputs(
  blueprint: Blueprint,
  inputs: object,
  stores: ReadonlyMap<object, LifetimeStore>,
): void {
  for (const node of blueprint.requiredInputs) {
    const { name } = node.provider.input!;
    const { lifetime } = node;
    if (lifetime === undefined ? Object.hasOwn(inputs, name) : stores.get(lifetime)!.hasInput(name))
      continue;
    throw missing(blueprint, node, name);
  }
}

function missing(blueprint: Blueprint, node: PlanNode, name: string): MissingInputError {
  const path = blueprint.pathTo(node);
  const where =
    node.lifetime === undefined ? "`inputs`" : `\`inputs\` of lifetime "${node.lifetime.name}"`;
  return new MissingInputError(
    `Expected ${where} to have \`${name}\`, which \`${path.join(" → ")}\` asks for`,
    path,
  );
}
