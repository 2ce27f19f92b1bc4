import { DeadlineError } from "../errors.ts";
import { ambience } from "../scope/ambience.ts";
import type { Failures } from "../scope/failures.ts";
import { now, schedule, type Timer, unschedule } from "../scope/timers.ts";
import { edgesOf } from "./captivity.ts";
import { rememberPath } from "./dependency-path.ts";
import { enter, leave } from "./guests.ts";
import type { PlanNode } from "./plan-node.ts";
import { watchTeardown } from "./provider-events.ts";
import type { Verdict } from "../threads/held-generator.ts";
import type { Resource } from "./resource.ts";
import type { Setup } from "./setup.ts";

/**
 * In which order resources are given back: `"sequential"`, one at a time in reverse plan order, or `"parallel"`,
 * each as soon as everything that depends on it is gone.
 *
 * @public
 */
export type TeardownOrder = "sequential" | "parallel";

/** What a teardown needs to know, and where its errors go. */
export interface Teardown {
  readonly failures: Failures;
  /** What the next generator is told: a teardown that fails turns success into failure for those after it. */
  verdict(): Verdict;
}

/** Tears down in the order given, one at a time. All of them are torn down, whatever happens. */
export async function tearDownInTurn(setups: readonly Setup[], teardown: Teardown): Promise<void> {
  for (const setup of setups) {
    const gone = tearDownOne(setup, teardown);
    if (gone !== undefined) await gone;
  }
}

/** Tears down each as soon as all that depends on it is gone. */
export async function tearDownByEdges(
  setups: readonly Setup[],
  nodes: readonly PlanNode[],
  teardown: Teardown,
): Promise<void> {
  const held = new Map(setups.map((setup) => [setup._node, setup]));
  const users = nodes.map(() => 0);
  for (const node of nodes) for (const below of orderedEdges(node)) users[below.index]!++;
  const free = nodes.filter(({ index }) => users[index] === 0);
  let left = nodes.length;
  await new Promise<void>((done) => {
    const passed = (node: PlanNode): void => {
      left--;
      for (const below of orderedEdges(node)) if (--users[below.index]! === 0) free.push(below);
    };
    let draining = false;
    const drain = (): void => {
      if (draining) return;
      draining = true;
      for (let node = free.pop(); node !== undefined; node = free.pop()) {
        const setup = held.get(node);
        const gone = setup === undefined ? undefined : tearDownOne(setup, teardown);
        if (gone === undefined) passed(node);
        else
          void gone.then(() => {
            passed(node!);
            drain();
          });
      }
      draining = false;
      if (left === 0) done();
    };
    drain();
  });
}

/** The edges that lead down in plan order; a lazy one may lead up. */
function* orderedEdges(node: PlanNode): Iterable<PlanNode> {
  for (const below of edgesOf(node)) if (below.index < node.index) yield below;
}

/** Never rejects; gives nothing if it was done at once. */
function tearDownOne(setup: Setup, teardown: Teardown): Promise<void> | undefined {
  const resource = setup._resource;
  if (resource === null) return undefined;
  setup._resource = null;
  const verdict = teardown.verdict();
  const announce = watchTeardown(setup, verdict.kind);
  const gone = (): void => {
    setup._release();
    announce?.({});
  };
  const failed = (error: unknown): void => {
    setup._release();
    const isEcho = verdict.kind === "failure" && error === verdict.error;
    announce?.(isEcho ? {} : { error });
    if (isEcho) return;
    rememberPath(error, setup.path);
    teardown.failures.add(error);
  };
  try {
    const finished = finish(setup, resource, verdict);
    if (finished !== undefined) return withinTime(setup, finished).then(gone, failed);
    gone();
  } catch (error) {
    failed(error);
  }
  return undefined;
}

/** Nothing cancels a teardown, so where scopes are implied it has none. */
function finish(setup: Setup, resource: Resource, verdict: Verdict): PromiseLike<void> | void {
  const outer = enter(setup._host);
  try {
    if (ambience === null) return resource.finish(verdict);
    return ambience.run(null, () => resource.finish(verdict));
  } finally {
    leave(outer);
  }
}

/** Settles as `finished` does, or rejects when the provider's time for it is over. */
function withinTime(setup: Setup, finished: PromiseLike<void>): Promise<void> {
  const { teardownTimeoutMs } = setup._node.provider.options;
  if (teardownTimeoutMs === undefined) return Promise.resolve(finished);
  return new Promise((resolve, reject) => {
    const timer = new TeardownTimer(teardownTimeoutMs, () => {
      reject(
        new DeadlineError(
          `The teardown of provider \`${setup.path.join(" → ")}\` was given up: it took longer than ` +
            `its \`teardownTimeoutMs\` of ${teardownTimeoutMs} ms`,
        ),
      );
    });
    schedule(timer);
    finished.then(
      () => {
        unschedule(timer);
        resolve();
      },
      (error: unknown) => {
        unschedule(timer);
        reject(error as Error);
      },
    );
  });
}

class TeardownTimer implements Timer {
  readonly at: number;
  readonly _expire: () => void;
  _order = 0;
  _place = -1;

  constructor(ms: number, expire: () => void) {
    this.at = now() + ms;
    this._expire = expire;
  }
}
