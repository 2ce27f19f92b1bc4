import { checkBody } from "../scope/body.ts";
import { nearestOf } from "../scope/nearest.ts";
import { refuse } from "../scope/refuse.ts";
import type { Joiner } from "./joiner.ts";

const HOOKS: Readonly<Record<keyof Joiner, true>> = {
  onSpawn: true,
  onSettle: true,
  onDeadline: true,
  result: true,
};

/** Refuses what decides nothing. */
export function checkPolicy(name: string, value: unknown): void {
  if (value === "failFast" || value === "supervise") return;
  if (typeof value !== "object" || value === null) {
    refuse(name, '"failFast", "supervise" or a joiner', value);
  }
  for (const each of namesIn(value)) {
    if (Object.hasOwn(HOOKS, each)) checkHook(value, each as keyof Joiner);
    else refuseMisspelt(each);
  }
}

function checkHook(joiner: Joiner, name: keyof Joiner): void {
  const hook = joiner[name];
  if (hook !== undefined) checkBody(`policy.${name}`, hook);
}

/** A joiner has fields and methods of its own, but none whose name only a hook would have. */
function refuseMisspelt(name: string): void {
  const hooks = Object.keys(HOOKS);
  const nearest = nearestOf(name, hooks);
  if (nearest === undefined && !/^on[A-Z]/.test(name)) return;
  const question = nearest === undefined ? "" : ` Did you mean \`${nearest}\`?`;
  throw new TypeError(
    `A joiner has no hook \`${name}\`.${question} Its hooks are ${hooks.join(", ")}`,
  );
}

/** The names of an object and of the classes that it is an instance of. */
function namesIn(value: object): Set<string> {
  const names = new Set<string>();
  for (
    let holder: object | null = value;
    holder !== null && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
  }
  return names;
}
