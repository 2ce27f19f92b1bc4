import type { Blueprint } from "./blueprint.ts";
import { compile } from "./compile.ts";
import type { OverrideRecord } from "./override.ts";
import type { ProviderRecord } from "./provider.ts";
import { readTargets, type Targets } from "./targets.ts";

/** How many plans are kept for one first target; a caller that makes ever new sets of targets must not fill the memory. */
const KEPT = 16;

const byRecord = new WeakMap<object, Blueprint>();
const byFirstTarget = new WeakMap<ProviderRecord, Blueprint[]>();
const none: readonly OverrideRecord[] = [];

/**
 * The plan for some targets, compiled when they are seen first. A record is recognised by identity, so one that was used
 * must not be changed; a record written out at each call is recognised by what is in it.
 */
export function planFor(target: object, overrides: readonly OverrideRecord[] = none): Blueprint {
  const known = byRecord.get(target);
  if (known !== undefined && sameItems(known.overrides, overrides)) return known;
  const targets = readTargets(target);
  const blueprint = planOf(targets, overrides);
  byRecord.set(target, blueprint);
  return blueprint;
}

function planOf(targets: Targets, overrides: readonly OverrideRecord[]): Blueprint {
  const first = targets.providers[0];
  if (first === undefined) return compile(targets, overrides);
  let plans = byFirstTarget.get(first);
  if (plans === undefined) byFirstTarget.set(first, (plans = []));
  const known = plans.find(
    (plan) =>
      plan.targets.single === targets.single &&
      sameItems(plan.targets.providers, targets.providers) &&
      sameItems(plan.targets.labels, targets.labels) &&
      sameItems(plan.overrides, overrides),
  );
  if (known !== undefined) return known;
  const made = compile(targets, overrides);
  plans.unshift(made);
  if (plans.length > KEPT) plans.pop();
  return made;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
