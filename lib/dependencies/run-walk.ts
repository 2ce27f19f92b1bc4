import { isThenable } from "../scope/is-thenable.ts";
import { got, SkeinError } from "../errors.ts";
import type { Blueprint } from "./plan/blueprint.ts";
import { enter, leave } from "./run/lifetime-activities.ts";
import { keepShapes } from "./run/kept-shapes.ts";
import type { LifetimeStore } from "./lifetimes/lifetime-store.ts";
import { type AnyOptions, prepareRun } from "./resolve-options.ts";
import { Walk } from "./run/walk.ts";

/**
 * Resolves a plan, runs the body with the values, tears down.
 *
 * @throws TypeError, synchronously, for options that do not fit the plan
 */
export function runWalk(
  blueprint: Blueprint,
  options: AnyOptions,
  body: ((values: never) => unknown) | undefined,
): Promise<unknown> {
  let walk: Walk;
  let hosts: readonly LifetimeStore[];
  try {
    const prepared = prepareRun(blueprint, options);
    hosts = prepared.hosts;
    enterAll(hosts);
    keepShapes();
    walk = new Walk(blueprint, prepared);
  } catch (error) {
    if (error instanceof SkeinError) return Promise.reject(error);
    throw error;
  }
  const pending = walk.setUp();
  if (pending === undefined && body === undefined && walk.enterBody()) {
    const values = walk.targetValues();
    if (!blueprint.targets.single || !isThenable(values)) {
      // Without a body nothing is held, so there is nothing to wait for.
      void walk.tearDown();
      leaveAll(walk, hosts);
      return Promise.resolve(values);
    }
  }
  return finishWalk(walk, hosts, pending, body);
}

async function finishWalk(
  walk: Walk,
  hosts: readonly LifetimeStore[],
  pending: Promise<void> | undefined,
  body: ((values: never) => unknown) | undefined,
): Promise<unknown> {
  const { blueprint } = walk;
  let result: unknown;
  await pending;
  if (walk.enterBody()) {
    try {
      const values = walk.targetValues();
      if (body === undefined) result = settledValues(blueprint, values);
      else {
        result = callBody(walk, body, values as never);
        if (mayBeThenable(result)) result = await result;
      }
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

/** Everything else is what it is without an `await`. */
function mayBeThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" || typeof value === "function";
}
