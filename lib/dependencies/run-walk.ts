import { got } from "../errors.ts";
import type { Blueprint } from "./blueprint.ts";
import { enter, leave } from "./guests.ts";
import { keepShapes } from "./kept-shapes.ts";
import type { LifetimeStore } from "./lifetime-store.ts";
import { type AnyOptions, prepareRun } from "./resolve-options.ts";
import { Walk } from "./walk.ts";

/** Resolves a plan, runs the body with the values, tears down. */
export async function runWalk(
  blueprint: Blueprint,
  options: AnyOptions,
  body: ((values: never) => unknown) | undefined,
): Promise<unknown> {
  const prepared = prepareRun(blueprint, options);
  const { hosts } = prepared;
  enterAll(hosts);
  keepShapes();
  const walk = new Walk(blueprint, prepared);
  let result: unknown;
  await walk.setUp();
  if (walk.enterBody()) {
    try {
      const values = walk.targetValues();
      result =
        body === undefined
          ? settledValues(blueprint, values)
          : await callBody(walk, body, values as never);
    } catch (error) {
      walk.bodyFailed(error);
    }
  }
  const gone = walk.tearDown();
  if (gone !== undefined) await gone;
  leaveAll(walk, hosts);
  walk.conclude();
  return result;
}

function callBody(walk: Walk, body: (values: never) => unknown, values: never): unknown {
  const outer = enter(walk);
  try {
    return body(values);
  } finally {
    leave(outer);
  }
}

/** The walk is over: what it was in may close. */
export function leaveAll(walk: Walk, hosts: readonly LifetimeStore[]): void {
  walk._ended = true;
  for (const host of hosts) host.leave();
}

/** All of them, or none if one is closed. */
export function enterAll(hosts: readonly LifetimeStore[]): void {
  for (const host of hosts) host.checkOpen();
  for (const host of hosts) host.enter();
}

/** Without a body the promise carries the values, and a promise cannot carry a thenable. */
function settledValues(blueprint: Blueprint, values: unknown): unknown {
  if (blueprint.targets.single && isThenable(values)) {
    throw new TypeError(
      `\`${blueprint.targets.labels[0]}\` is ${got(values)} with a method \`then\`, which a promise would call: ` +
        `pass a body, or a record of targets`,
    );
  }
  return values;
}

function isThenable(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  return typeof (value as { then?: unknown }).then === "function";
}
