import { channel } from "../host.ts";
import type { Trunk } from "../scope/branch.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { echoes } from "../scope/cancellation.ts";
import { now } from "../scope/timers.ts";
import type { Verdict } from "../threads/held-generator.ts";
import type { PlanNode } from "./plan-node.ts";
import type { ProviderContext } from "./provider-context.ts";
import type { ProviderKind } from "./provider.ts";

/**
 * What is published on the diagnostics channel `skein:provider:start` when all that a provider depends on is ready and its
 * setup begins. Time in which it waits for its `limit` is part of the setup. Inputs, and values that are there already in an
 * open lifetime, have no setup.
 *
 * @public
 */
export interface ProviderEvent {
  readonly name: string;
  /** The keys that lead from a target to the provider. */
  readonly path: readonly string[];
  readonly kind: ProviderKind;
  /** The name of the lifetime that it is made for; `undefined`: for one resolution. */
  readonly lifetime: string | undefined;
  /** The scope of the setup: the same object in every event of one run of a provider. */
  readonly scope: CancelScope;
}

/**
 * What is published on the diagnostics channel `skein:provider:settle`, once a setup has ended and before anything that
 * depends on its value starts.
 *
 * @public
 */
export interface ProviderSettleEvent extends ProviderEvent {
  /** `"cancelled"`: it ended since it was cancelled from outside, as by the failure of another provider. */
  readonly status: "fulfilled" | "rejected" | "cancelled";
  /** How long the setup took, in milliseconds. */
  readonly durationMs: number;
  /** What it failed with, if it did. */
  readonly error?: unknown;
}

/**
 * What is published on the diagnostics channel `skein:provider:teardown`, once a provider is torn down or was given up.
 *
 * @public
 */
export interface ProviderTeardownEvent extends ProviderEvent {
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

interface Start {
  readonly event: ProviderEvent;
  readonly at: number;
}

const starts = /* @__PURE__ */ channel("skein:provider:start");
const settles = /* @__PURE__ */ channel("skein:provider:settle");
const teardowns = /* @__PURE__ */ channel("skein:provider:teardown");
const announced = new WeakMap<Announced, Start>();

/** Whether anybody hears of providers. */
export function isObserved(): boolean {
  return starts.hasSubscribers || settles.hasSubscribers || teardowns.hasSubscribers;
}

export function announceStart(setup: Announced): void {
  if (!isObserved()) return;
  const { name, path, scope, _node: node } = setup;
  const { kind, lifetime } = node.provider;
  const event: ProviderEvent = { name, path, kind, lifetime: lifetime?.name, scope };
  announced.set(setup, { event, at: now() });
  starts.publish(event);
}

export function announceReady(setup: Announced): void {
  if (!settles.hasSubscribers) return;
  const start = announced.get(setup);
  if (start !== undefined) publishSettled(start, { status: "fulfilled" });
}

export function announceFailed(setup: Announced, error: unknown): void {
  if (!settles.hasSubscribers) return;
  const start = announced.get(setup);
  if (start === undefined) return;
  const scope = start.event.scope as Trunk;
  const cancellation = scope._inForce;
  const cancelled =
    cancellation !== null && cancellation.source !== scope && echoes(error, cancellation);
  publishSettled(start, cancelled ? { status: "cancelled" } : { status: "rejected", error });
}

function publishSettled(
  { event, at }: Start,
  outcome: Pick<ProviderSettleEvent, "status" | "error">,
): void {
  const settled: ProviderSettleEvent = { ...event, ...outcome, durationMs: now() - at };
  settles.publish(settled);
}

/** What to call when the teardown that begins now has ended; nothing if nobody listens. */
export function watchTeardown(
  setup: Announced,
  verdict: Verdict["kind"],
): ((failure: { readonly error?: unknown }) => void) | undefined {
  if (!teardowns.hasSubscribers) return undefined;
  const start = announced.get(setup);
  if (start === undefined) return undefined;
  const at = now();
  return (failure) => {
    const event: ProviderTeardownEvent = {
      ...start.event,
      ...failure,
      verdict,
      durationMs: now() - at,
    };
    teardowns.publish(event);
  };
}
