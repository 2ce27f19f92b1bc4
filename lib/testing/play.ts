import { SkeinError } from "../errors.ts";
import { setImmediate } from "../host.ts";
import { taskTree } from "../observe/task-tree.ts";
import { type Chooser, mulberry32, type Question } from "./chooser.ts";
import type { ScopeChild } from "../scope/scope-child.ts";
import { cancelRoots, rootsNow } from "./roots.ts";
import type { VirtualClock } from "./jumping-clock.ts";
import { runInOrder } from "./run-in-order.ts";
import { inVirtualTime, startNow } from "./virtual-time.ts";

/** What a run came to. */
export interface Run {
  /** What was answered to each question. */
  readonly answers: readonly number[];
  /** How many ways there were at each. */
  readonly counts: readonly number[];
  /** What kind of question each was, as a text with a letter for each. */
  readonly kinds: string;
  /** What the body failed with, if it did. */
  readonly failure: { readonly error: unknown } | null;
}

/** Runs a body again and again, each time under the same conditions but for the order. */
export class Player {
  readonly #body: (clock: VirtualClock) => unknown;
  readonly #lateMs: number;
  readonly #start = startNow();

  constructor(body: (clock: VirtualClock) => unknown, lateMs: number) {
    this.#body = body;
    this.#lateMs = lateMs;
  }

  async run(chooser: Chooser): Promise<Run> {
    const record = new Record(chooser);
    const before = rootsNow();
    let failure: Run["failure"] = null;
    try {
      await inVirtualTime(this.#start, 0, (clock) =>
        runInOrder(record, clock, this.#lateMs, mulberry32(0), () => this.#body(clock)),
      );
      refuseLeftovers(before);
    } catch (error) {
      failure = { error };
    }
    // What the run has left to the event loop must not disturb the next one.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { answers, counts, kinds } = record;
    return { answers, counts, kinds, failure };
  }
}

class Record implements Chooser {
  readonly answers: number[] = [];
  readonly counts: number[] = [];
  kinds = "";
  readonly #chooser: Chooser;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  choose(question: Question): number {
    const answer = this.#chooser.choose(question);
    this.answers.push(answer);
    this.counts.push(question.count);
    this.kinds += question.kind[0];
    return answer;
  }
}

/** What a body leaves running fails it, and is cancelled. */
function refuseLeftovers(before: ReadonlySet<ScopeChild>): void {
  if ([...rootsNow()].every((root) => before.has(root))) return;
  const error = new SkeinError(
    "ERR_SKEIN_TASKS_LEFT",
    `The body has ended and this runs on, which would disturb the next run; await or cancel it:\n${taskTree().toString()}`,
  );
  cancelRoots(before, error);
  throw error;
}
