import type { Blueprint } from "./blueprint.ts";
import { compile } from "./compile.ts";
import type { OverrideRecord } from "../declare/override.ts";
import { isProvider, type ProviderRecord } from "../declare/provider.ts";
import { readTargets } from "../declare/targets.ts";

/**
 * How many plans are kept for one first target; a caller that makes ever new sets of targets must not fill the memory.
 */
const KEPT = 16;

const byFirstTarget = new WeakMap<object, Blueprint[]>();
const none: readonly OverrideRecord[] = [];

/**
 * The plan for some targets, compiled when they are seen first. A record is recognised by what is in it: most are
 * written out at each call, and to keep something for each of those would cost more than to look.
 */
export function planFor(target: object, overrides: readonly OverrideRecord[] = none): Blueprint {
  const known = keptPlan(target, overrides);
  if (known !== undefined) return known;
  const targets = readTargets(target);
  const made = compile(targets, overrides);
  const first = targets.providers[0];
  if (first !== undefined) keep(first, made);
  return made;
}

function keptPlan(target: unknown, overrides: readonly OverrideRecord[]): Blueprint | undefined {
  if (typeof target !== "object" || target === null) return undefined;
  if (isProvider(target)) {
    return byFirstTarget
      .get(target)
      ?.find(({ targets, overrides: own }) => targets.single && sameItems(own, overrides));
  }
  const record = target as Readonly<Record<string, object>>;
  const keys = Object.keys(record);
  const plans = keys.length === 0 ? undefined : byFirstTarget.get(record[keys[0]!]!);
  if (plans === undefined) return undefined;
  for (let i = 0; i < plans.length; i++) {
    const plan = plans[i]!;
    if (isFor(plan, record, keys) && sameItems(plan.overrides, overrides)) return plan;
  }
  return undefined;
}

function isFor(
  { targets }: Blueprint,
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): boolean {
  const { labels, providers, single } = targets;
  if (single || labels.length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] !== labels[i] || record[keys[i]!] !== providers[i]) return false;
  }
  return true;
}

function keep(first: ProviderRecord, made: Blueprint): void {
  const plans = byFirstTarget.get(first);
  if (plans === undefined) byFirstTarget.set(first, [made]);
  else if (plans.unshift(made) > KEPT) plans.pop();
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
