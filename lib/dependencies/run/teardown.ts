import { DeadlineError, GeneratorContractError, WorkerLostError } from "../../errors.ts";
import { ambience } from "../../scope/ambience.ts";
import { rejectionsSoFar } from "../../scope/failures.ts";
import { now, schedule, type Timer, unschedule } from "../../scope/timers.ts";
import { edgesOf } from "../plan/captivity.ts";
import { enter, leave } from "./lifetime-activities.ts";
import type { PlanNode } from "../plan/plan-node.ts";
import { watchTeardown } from "./provider-events.ts";
import type { ProviderFailures } from "./provider-failures.ts";
import type { Verdict } from "../../threads/held-generator.ts";
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
  readonly failures: ProviderFailures;
  /** What the next generator is told: a teardown that fails turns success into failure for those after it. */
  verdict(): Verdict;
  /** Whether an error is that of a cancellation which comes back. */
  isEcho(error: unknown): boolean;
}

/** Tears down in the order given, one at a time. All of them are torn down, whatever happens. */
export async function tearDownInTurn(setups: readonly Setup[], teardown: Teardown): Promise<void> {
  for (let i = 0; i < setups.length; i++) {
    const gone = tearDownOne(setups[i]!, teardown.verdict(), -i, teardown);
    if (gone !== undefined) await gone;
  }
}

/** Tears down what a resolution holds. */
export async function tearDownAll(
  order: TeardownOrder,
  held: readonly Setup[],
  nodes: readonly PlanNode[],
  teardown: Teardown,
): Promise<void> {
  if (order === "parallel") return await tearDownByEdges(held, nodes, teardown);
  const reversed = [...held].sort((a, b) => b._node.index - a._node.index);
  await tearDownInTurn(reversed, teardown);
}

/** A failure on its way to those who are told of it. */
interface Message {
  readonly error: unknown;
  /** The place of the provider that it comes from. */
  readonly from: number;
}

/**
 * Tears down each as soon as all that depends on it is gone. What one throws is told to what it depended on, and not to
 * what happens to come later: the graph decides it, not time. Only the first failure after success is told to all that
 * come later.
 */
async function tearDownByEdges(
  setups: readonly Setup[],
  nodes: readonly PlanNode[],
  teardown: Teardown,
): Promise<void> {
  const held = new Map(setups.map((setup) => [setup._node, setup]));
  const users = nodes.map(() => 0);
  for (const node of nodes) for (const below of orderedEdges(node)) users[below.index]!++;
  const free = nodes.filter(({ index }) => users[index] === 0);
  let general = teardown.verdict();
  const messages: (Message | undefined)[] = [];
  const verdictFor = ({ index }: PlanNode): Verdict => {
    const message = messages[index];
    if (message !== undefined) return { kind: "failure", error: message.error };
    return general;
  };
  let left = nodes.length;
  await new Promise<void>((done) => {
    const passed = (node: PlanNode): void => {
      left--;
      const message = messages[node.index];
      for (const below of orderedEdges(node)) {
        const { index } = below;
        if (message !== undefined && message.from < (messages[index]?.from ?? Infinity)) {
          messages[index] = message;
        }
        if (--users[index]! === 0) free.push(below);
      }
    };
    const drain = (): void => {
      for (let node = free.pop(); node !== undefined; node = free.pop()) {
        const { index } = node;
        const setup = held.get(node);
        const fails = (error: unknown): void => {
          messages[index] = { error, from: index };
          if (general.kind !== "failure") general = { kind: "failure", error };
        };
        const gone =
          setup === undefined
            ? undefined
            : tearDownOne(setup, verdictFor(node), index, teardown, fails);
        if (gone === undefined) passed(node);
        else
          void gone.then(() => {
            passed(node!);
            drain();
          });
      }
      if (left === 0) done();
    };
    drain();
  });
}

/** The edges that lead down in plan order; a lazy one may lead up. */
function* orderedEdges(node: PlanNode): Iterable<PlanNode> {
  for (const below of edgesOf(node)) if (below.index < node.index) yield below;
}

/**
 * Never rejects; gives nothing if it was done at once.
 *
 * @param general - what all are told unless there is something that concerns this one alone
 * @param rank - the lower, the further out; see {@link ProviderFailures.replace}
 * @param fails - hears of what those that it depended on must be told
 */
function tearDownOne(
  setup: Setup,
  general: Verdict,
  rank: number,
  teardown: Teardown,
  fails?: (error: unknown) => void,
): Promise<void> | undefined {
  const resource = setup._resource;
  if (resource === null) return undefined;
  setup._resource = null;
  // What came too late for its `timeoutMs` has failed, though all else may be well.
  const overdue = general.kind === "failure" ? null : setup._overdue;
  const verdict: Verdict = overdue === null ? general : { kind: "failure", error: overdue };
  const since = rejectionsSoFar();
  const announce = watchTeardown(setup, verdict.kind);
  const gone = (): void => {
    setup._release();
    announce?.({});
  };
  const failed = (error: unknown, isReply: boolean): void => {
    setup._release();
    announce?.({ error });
    const { failures } = teardown;
    failures.attribute(setup, error);
    const isFirst = general.kind !== "failure";
    if (isFirst || !isReply) failures.add(error);
    else failures.replace(error, teardown.isEcho(general.error) ? undefined : general, rank, since);
    if (isFirst || isReply) fails?.(error);
  };
  const threw = (error: unknown): void => {
    if (verdict.kind !== "failure") failed(error, false);
    else if (Object.is(error, verdict.error) || teardown.isEcho(error)) gone();
    else failed(error, !isReport(error));
  };
  try {
    const finished = finish(setup, resource, verdict);
    if (finished !== undefined) {
      return Promise.resolve(withinTime(setup, finished)).then(
        (late) => (late instanceof DeadlineError ? failed(late, false) : gone()),
        threw,
      );
    }
    gone();
  } catch (error) {
    threw(error);
  }
  return undefined;
}

/** What is said of a generator, where others are what it has thrown itself. */
function isReport(error: unknown): boolean {
  return error instanceof GeneratorContractError || error instanceof WorkerLostError;
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

/** Settles as `finished` does, or gives an error when the provider's time for it is over. */
function withinTime(setup: Setup, finished: PromiseLike<void>): PromiseLike<DeadlineError | void> {
  const { teardownTimeoutMs } = setup._node.provider.options;
  if (teardownTimeoutMs === undefined) return finished;
  return new Promise((resolve, reject) => {
    const timer = new TeardownTimer(teardownTimeoutMs, () => {
      resolve(
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
        resolve(undefined);
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
