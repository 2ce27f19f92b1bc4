import { isThenable } from "../scope/is-thenable.ts";
import { ambience } from "../scope/ambience.ts";
import { enter, leave } from "./guests.ts";
import { holdInThread, runInThread } from "./offload.ts";
import { announceStart } from "./provider-events.ts";
import { AsyncGeneratorResource, GeneratorResource } from "./resource.ts";
import { neverYielded } from "../threads/held-generator.ts";
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

/** Where scopes are implied, that of the setup is the current one in the function. */
function begin(setup: Setup, deps: object): void {
  const outer = enter(setup._host);
  if (ambience === null) start(setup, deps);
  else ambience.run(setup.scope, () => start(setup, deps));
  leave(outer);
}

function start(setup: Setup, deps: object): void {
  const { kind, fn } = setup._node.provider;
  if (kind === "offloaded") {
    follow(setup, runInThread(setup, deps));
    return;
  }
  if (kind === "offloaded-generator") {
    setup._host._hold(setup);
    follow(setup, holdInThread(setup, deps));
    return;
  }
  let result: unknown;
  try {
    result = fn!(deps, setup);
  } catch (error) {
    setup._fail(error);
    return;
  }
  if (kind === "async") follow(setup, result as Promise<unknown>);
  else if (kind === "inline") settle(setup, result);
  else if (kind === "async-generator") enterAsync(setup, result as Generated<AsyncGenerator>);
  else enterInline(setup, result as Generated<Generator>);
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
 * A promise for what has a `then`. Types cannot tell a native promise from a query that runs when it is awaited, nor can those who
 * write either, so both are awaited.
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

/** The generator is registered before its first step: from there on it may hold something. */
function enterAsync(setup: Setup, generator: AsyncGenerator<unknown, unknown, undefined>): void {
  setup._resource = new AsyncGeneratorResource(generator, setup.name);
  setup._host._hold(setup);
  generator.next().then(
    ({ done, value }) => {
      if (done === true) setup._fail(neverYielded(setup.name));
      else setup._arrive(value);
    },
    (error: unknown) => setup._fail(error),
  );
}

function enterInline(setup: Setup, generator: Generator<unknown, unknown, undefined>): void {
  setup._resource = new GeneratorResource(generator, setup.name);
  setup._host._hold(setup);
  let step: IteratorResult<unknown, unknown>;
  try {
    step = generator.next();
  } catch (error) {
    setup._fail(error);
    return;
  }
  const { done, value } = step;
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
