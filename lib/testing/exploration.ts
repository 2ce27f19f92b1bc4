import { SkeinError } from "../errors.ts";
import { ListChooser, mulberry32 } from "./chooser.ts";
import { ExplorationError } from "./exploration-error.ts";
import type { Player, Run } from "./play.ts";
import { PriorityChooser } from "./priorities.ts";
import { shrink, trimmed } from "./shrink.ts";
import { Story } from "./story.ts";

const FAILED_ONCE = "it failed, and now it does not";

/** The part of the runs that goes to schedules one after another; the rest reaches further from the usual order. */
const SYSTEMATIC = 0.75;

/** A run, and its answers up to the last that is not the usual one. */
interface Tried {
  readonly schedule: readonly number[];
  readonly run: Run;
}

export interface Bounds {
  readonly preemptions: number;
  readonly maxRuns: number;
}

/** What was tried without finding a fault. */
export interface Coverage {
  readonly runs: number;
  readonly complete: boolean;
  readonly preemptions: number;
}

/**
 * Tries the usual order, then all schedules that are one step away from it, then two, and so on: each is made in one
 * way only, from the one that lacks its last step. So the first that fails has the fewest steps.
 */
export class Exploration {
  readonly #player: Player;
  readonly #bounds: Bounds;
  /** How `withSeed` is to be called to run a schedule again. */
  readonly #call: (schedule: string) => string;
  #runs = 0;
  #length = 1;

  constructor(player: Player, bounds: Bounds, call: (schedule: string) => string) {
    this.#player = player;
    this.#bounds = bounds;
    this.#call = call;
  }

  async go(): Promise<Coverage> {
    const usual = await this.#try([], null);
    const again = await this.#player.run(new ListChooser([]));
    mustRepeat([], again, usual.run, Math.max(again.counts.length, usual.run.counts.length));
    const coverage = await this.#goThrough(usual);
    if (!coverage.complete) await this.#goFurther();
    return { ...coverage, runs: this.#runs };
  }

  async #goThrough(usual: Tried): Promise<Omit<Coverage, "runs">> {
    const most = Math.ceil(this.#bounds.maxRuns * SYSTEMATIC);
    let level: readonly Tried[] = [usual];
    for (let preemptions = 0; ; preemptions++) {
      const wants = preemptions < this.#bounds.preemptions;
      const next: Tried[] = [];
      for (const parent of level) {
        for (const schedule of oneStepFurther(parent)) {
          if (!wants || this.#runs >= most) return { complete: false, preemptions };
          next.push(await this.#try(schedule, parent.run));
        }
      }
      if (next.length === 0) return { complete: true, preemptions: this.#bounds.preemptions };
      level = next;
    }
  }

  async #goFurther(): Promise<void> {
    for (let seed = 0; this.#runs < this.#bounds.maxRuns; seed++) {
      this.#runs++;
      const run = await this.#player.run(new PriorityChooser(mulberry32(seed), this.#length));
      if (run.failure === null) continue;
      const fails = async (schedule: readonly number[]): Promise<boolean> =>
        (await this.#player.run(new ListChooser(schedule))).failure !== null;
      const found = trimmed(run.answers);
      if (!(await fails(found))) throw notRepeatable(found, FAILED_ONCE);
      await this.#fail(await shrink(found, fails));
    }
  }

  /** @param parent - the run that this one follows up to its last answer */
  async #try(schedule: readonly number[], parent: Run | null): Promise<Tried> {
    this.#runs++;
    const run = await this.#player.run(new ListChooser(schedule));
    if (parent !== null) mustRepeat(schedule, run, parent, schedule.length);
    this.#length = Math.max(this.#length, run.counts.length);
    if (run.failure !== null) await this.#fail(schedule, run.failure.error);
    return { schedule, run };
  }

  async #fail(schedule: readonly number[], known?: unknown): Promise<never> {
    const runs = this.#runs;
    const story = new Story(new ListChooser(schedule));
    const { failure } = await this.#player.run(story);
    if (failure === null) throw notRepeatable(schedule, FAILED_ONCE);
    const error = known ?? failure.error;
    throw new ExplorationError(
      [
        `${told(error)}`,
        schedule.length === 0
          ? "That is in the usual order already."
          : `That is in this order, one of ${runs} that were run:`,
        ...story.lines.map((line, index) => `  ${index + 1}. ${line}`),
        `Run it again by: ${this.#call(JSON.stringify(schedule))}`,
      ].join("\n"),
      schedule,
      runs,
      { cause: error },
    );
  }
}

/** The schedules that do as a run did up to some point behind its last step, and then something else. */
function* oneStepFurther({ schedule, run }: Tried): Generator<readonly number[]> {
  for (let at = schedule.length; at < run.counts.length; at++) {
    for (let answer = 1; answer < run.counts[at]!; answer++) {
      yield [...run.answers.slice(0, at), answer];
    }
  }
}

/** Compares the first questions of two runs that gave the same answers. */
function mustRepeat(schedule: readonly number[], run: Run, before: Run, length: number): void {
  for (let at = 0; at < length; at++) {
    const [now, then] = [waysAt(run, at), waysAt(before, at)];
    if (now === then) continue;
    throw notRepeatable(
      schedule,
      `at point ${at} there was ${then} before, and now there is ${now}`,
    );
  }
}

function waysAt({ counts, kinds }: Run, at: number): string {
  if (counts[at] === undefined) return "the end";
  const what = { b: "a task to begin", d: "a time to come", r: "a wait to be over" }[kinds[at]!];
  return what ?? `a choice of ${counts[at]}`;
}

function notRepeatable(schedule: readonly number[], what: string): SkeinError {
  return new SkeinError(
    "ERR_SKEIN_NOT_REPEATABLE",
    `The body does not do the same when it is run again in the order ${JSON.stringify(schedule)}: ${what}. ` +
      "What a run does must depend on its order alone: begin each with fresh objects, leave nothing running, and decide " +
      "nothing by the real time, by chance of others than Math.random, by I/O or by threads",
  );
}

function told(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`
    : `The body threw ${String(error)}`;
}
