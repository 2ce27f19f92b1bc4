import { channel, operations } from "../../host.ts";
import type { OperationOutcome } from "../../host/contract.ts";
import type { ParentScope } from "../../scope/scope-child.ts";
import type { CancelScope } from "../../scope/cancel-scope.ts";
import { echoes } from "../../scope/cancellation.ts";
import { now } from "../../scope/timers.ts";
import type { Verdict } from "../../threads/held-generator.ts";
import type { PlanNode } from "../plan/plan-node.ts";
import type { ProviderContext } from "../declare/provider-context.ts";
import type { ProviderKind } from "../declare/provider.ts";

/**
 * What the tracing channel `skein:provider` tells of the setup of a provider: the same object from when all that it
 * depends on is ready, which is its `start`, until the setup has ended, before anything that depends on its value
 * starts. Time in which it waits for its `limit` is part of the setup. Stores that are bound to its `start` are in
 * force in the function. Inputs, and values that are there already in an open lifetime, have no setup.
 *
 * @public
 */
export interface ProviderEvent extends OperationOutcome {
  readonly name: string;
  /** The keys that lead from a target to the provider. */
  readonly path: readonly string[];
  readonly kind: ProviderKind;
  /** The name of the lifetime that it is made for; `undefined`: for one resolution. */
  readonly lifetime: string | undefined;
  /** The scope of the setup: the same object in every event of one run of a provider. */
  readonly scope: CancelScope;
}

/** The run of a provider that is told of. */
type ProviderIdentity = Omit<ProviderEvent, keyof OperationOutcome>;

/**
 * What is published on the diagnostics channel `skein:provider:teardown`, once a provider is torn down or was given up.
 *
 * @public
 */
export interface ProviderTeardownEvent extends Omit<ProviderEvent, keyof OperationOutcome> {
  /** What the provider was told. */
  readonly verdict: Verdict["kind"];
  /** How long the teardown took, in milliseconds. */
  readonly durationMs: number;
  /** What the teardown failed with, if it did. */
  readonly error?: unknown;
}

/** A setup, as far as it is told of. */
interface Announced extends ProviderContext {
  readonly _node: PlanNode;
}

const setups = /* @__PURE__ */ operations<ProviderEvent>("skein:provider", now);
const teardowns = /* @__PURE__ */ channel("skein:provider:teardown");
const announced = new WeakMap<Announced, ProviderIdentity>();

/** Whether anybody hears of providers. */
export function isObserved(): boolean {
  return setups.hasSubscribers || teardowns.hasSubscribers;
}

export function announceStart(setup: Announced): void {
  if (!isObserved()) return;
  const { name, path, scope, _node: node } = setup;
  const { kind, lifetime } = node.provider;
  const identity: ProviderIdentity = { name, path, kind, lifetime: lifetime?.name, scope };
  announced.set(setup, identity);
  setups.begin(setup, { ...identity });
}

/** Whether there may be setups for {@link withinSetup}. */
export function areTraced(): boolean {
  return setups.areOpen;
}

/** Calls a function of the setup, with the stores of those who trace it. */
export function withinSetup<R>(setup: Announced, fn: () => R): R {
  return setups.within(setup, fn);
}

export function announceReady(setup: Announced, value: unknown): void {
  if (setups.areOpen) setups.settle(setup, "fulfilled", value);
}

export function announceFailed(setup: Announced, error: unknown): void {
  if (!setups.areOpen) return;
  const identity = announced.get(setup);
  if (identity === undefined) return;
  const scope = identity.scope as ParentScope;
  const cancellation = scope._inForce;
  const cancelled =
    cancellation !== null && cancellation.source !== scope && echoes(error, cancellation);
  setups.settle(setup, cancelled ? "cancelled" : "rejected", error);
}

/** What to call when the teardown that begins now has ended; nothing if nobody listens. */
export function watchTeardown(
  setup: Announced,
  verdict: Verdict["kind"],
): ((failure: { readonly error?: unknown }) => void) | undefined {
  if (!teardowns.hasSubscribers) return undefined;
  const identity = announced.get(setup);
  if (identity === undefined) return undefined;
  const at = now();
  return (failure) => {
    const event: ProviderTeardownEvent = {
      ...identity,
      ...failure,
      verdict,
      durationMs: now() - at,
    };
    teardowns.publish(event);
  };
}
