import { isThenable } from "../../scope/is-thenable.ts";
import { ambience } from "../../scope/ambience.ts";
import { enter, leave } from "./lifetime-activities.ts";
import { holdInThread, runInThread } from "./offload.ts";
import { announceStart, areTraced, withinSetup } from "./provider-events.ts";
import { AsyncGeneratorResource, GeneratorResource } from "./resource.ts";
import { neverYielded } from "../../threads/held-generator.ts";
import type { Setup } from "./setup.ts";

/** Starts a setup; what comes of it goes to the setup, at once or later. Never throws. */
export function launch(setup: Setup, deps: object): void {
  const { limit, timeoutMs } = setup._node.provider.options;
  announceStart(setup);
  if (timeoutMs !== undefined) setup._bound(timeoutMs);
  if (limit === undefined) begin(setup, deps);
  else void startWithin(limit, setup, deps);
}

async function startWithin(
  limit: NonNullable<Setup["_node"]["provider"]["options"]["limit"]>,
  setup: Setup,
  deps: object,
): Promise<void> {
  try {
    setup._occupy(await limit.acquire(setup.scope));
  } catch (error) {
    setup._fail(error);
    return;
  }
  // Granted, though the cancellation came first in time: nothing was acquired yet, so nothing need be.
  if (setup.cancelled) setup._fail(setup.reason);
  else begin(setup, deps);
}

function begin(setup: Setup, deps: object): void {
  const outer = enter(setup._host);
  let outcome: unknown;
  try {
    outcome = areTraced()
      ? withinSetup(setup, runTraced.bind(undefined, setup, deps))
      : run(setup, deps);
  } catch (error) {
    setup._fail(error);
    leave(outer);
    return;
  }
  // What follows is not the setup's any more, so the context is that of the resolution.
  take(setup, outcome);
  leave(outer);
}

/** Where scopes are implied, that of the setup is the current one in the function. */
function run(setup: Setup, deps: object): unknown {
  return ambience === null ? call(setup, deps) : ambience.run(setup.scope, () => call(setup, deps));
}

/** What runs only when it is awaited is awaited within the setup, too. */
function runTraced(setup: Setup, deps: object): unknown {
  const outcome = run(setup, deps);
  const { kind } = setup._node.provider;
  if (kind === "inline") return promiseOf(outcome) ?? outcome;
  if (kind !== "inline-generator") return outcome;
  const { done, value } = outcome as IteratorResult<unknown, unknown>;
  return { done, value: promiseOf(value) ?? value };
}

/** Calls the function and, if that is a generator, makes its first step: from there on it may hold something. */
function call(setup: Setup, deps: object): unknown {
  const { kind, fn } = setup._node.provider;
  switch (kind) {
    case "offloaded":
      return runInThread(setup, deps);
    case "offloaded-generator":
      setup._host._hold(setup);
      return holdInThread(setup, deps);
    case "async-generator": {
      const generator = fn!(deps, setup) as Generated<AsyncGenerator>;
      setup._resource = new AsyncGeneratorResource(generator, setup.name);
      setup._host._hold(setup);
      return generator.next();
    }
    case "inline-generator": {
      const generator = fn!(deps, setup) as Generated<Generator>;
      setup._resource = new GeneratorResource(generator, setup.name);
      setup._host._hold(setup);
      return generator.next();
    }
    default:
      return fn!(deps, setup);
  }
}

function take(setup: Setup, outcome: unknown): void {
  switch (setup._node.provider.kind) {
    case "inline":
      return settle(setup, outcome);
    case "async-generator":
      return takeStep(setup, outcome as Promise<IteratorResult<unknown, unknown>>);
    case "inline-generator":
      return takeInlineStep(setup, outcome as IteratorResult<unknown, unknown>);
    default:
      return follow(setup, outcome as Promise<unknown>);
  }
}

type Generated<G> = G extends AsyncGenerator
  ? AsyncGenerator<unknown, unknown, undefined>
  : Generator<unknown, unknown, undefined>;

function settle(setup: Setup, result: unknown): void {
  const promise = promiseOf(result);
  if (promise === undefined) setup._arrive(result);
  else follow(setup, promise);
}

/**
 * A promise for what has a `then`. Types cannot tell a native promise from a query that runs when it is awaited, nor
 * can those who write either, so both are awaited.
 */
export function promiseOf(value: unknown): Promise<unknown> | undefined {
  try {
    if (!isThenable(value)) return undefined;
  } catch (error) {
    return Promise.reject(error);
  }
  return Promise.resolve(value);
}

export function follow(setup: Setup, promise: Promise<unknown>): void {
  promise.then(
    (value) => setup._arrive(value),
    (error: unknown) => setup._fail(error),
  );
}

function takeStep(setup: Setup, step: Promise<IteratorResult<unknown, unknown>>): void {
  step.then(
    ({ done, value }) => {
      if (done === true) setup._fail(neverYielded(setup.name));
      else setup._arrive(value);
    },
    (error: unknown) => setup._fail(error),
  );
}

function takeInlineStep(setup: Setup, { done, value }: IteratorResult<unknown, unknown>): void {
  if (done === true) return setup._fail(neverYielded(setup.name));
  const promise = promiseOf(value);
  if (promise === undefined) return setup._arrive(value);
  promise.then(
    (settled) => setup._arrive(settled),
    (error: unknown) => throwInto(setup, error),
  );
}

/** What a generator yielded was a promise, and that rejects: as if the `yield` had awaited it. */
function throwInto(setup: Setup, error: unknown): void {
  let failure = error;
  const outer = enter(setup._host);
  try {
    void setup._resource!.finish({ kind: "failure", error });
  } catch (thrown) {
    failure = thrown;
  }
  leave(outer);
  setup._fail(failure);
}
