import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkCount } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { watchActivity } from "./activity.ts";
import { claim } from "./claim.ts";
import { type Coverage, Exploration } from "./exploration.ts";
import type { VirtualClock } from "./jumping-clock.ts";
import { Player } from "./play.ts";
import { LATE_MS } from "./with-seed.ts";

/**
 * How far {@link explore} goes.
 *
 * @public
 */
export interface ExploreOptions {
  /**
   * How many steps away from the usual order are tried in all ways: an integer of 0 or more, or `Infinity`; 2 by
   * default. Most faults need one or two.
   */
  preemptions?: number | undefined;
  /** After how many runs it ends: an integer of 1 or more, or `Infinity`; 1,000 by default. */
  maxRuns?: number | undefined;
  /** How late somebody may go on while time passes, in milliseconds of virtual time: see {@link SeedOptions.lateMs}. */
  lateMs?: number | undefined;
}

const EXPLORE_OPTIONS = /* @__PURE__ */ new KnownOptions<ExploreOptions>("An exploration", () => ({
  preemptions: checkPreemptions,
  maxRuns: checkCount,
  lateMs: checkDuration,
}));

/**
 * What {@link explore} has tried.
 *
 * @public
 */
export interface Explored {
  /** How many schedules were run. */
  readonly runs: number;
  /** Whether those were all that there are. */
  readonly complete: boolean;
  /** Up to how many steps away from the usual order those were all that there are. */
  readonly preemptions: number;
}

function checkPreemptions(name: string, value: unknown): void {
  const expected = `Expected \`${name}\` to be an integer of 0 or more, or Infinity`;
  if (typeof value !== "number") throw new TypeError(`${expected}, got ${got(value)}`);
  if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) {
    throw new RangeError(`${expected}, got ${got(value)}`);
  }
}

/**
 * Runs a body in many orders, and rejects if it fails in one: with the order that has the fewest steps away from the
 * usual one, in words and as a {@link Schedule} to run it again. A body fails that throws, rejects, waits for ever or
 * leaves something running.
 *
 * First comes the usual order, then every order that differs from it in one step, then in two, and so on up to
 * `preemptions`. If those are all that there are, `complete` says so. If not, runs that are left go to orders by
 * priorities, which reach further. Each run is in virtual time, under the conditions of {@link withSeed}, which says
 * what a step is and what orders there are.
 *
 * What a run does must depend on its order alone: each begins with fresh objects. The algorithms are delay-bounded
 * scheduling of Emmi, Qadeer and Rakamarić (2011), after iterative context bounding of Musuvathi and Qadeer (2007), and
 * PCT of Burckhardt and others (2010).
 *
 * @param body - called for each run, with the run's clock
 * @param options - how far to go
 * @returns how much was tried without finding a fault
 * @throws TypeError or RangeError, synchronously, if an argument is invalid; `SkeinError` with the code
 *   `ERR_SKEIN_TEST_OVERLAP` if another body is running with a seed or in virtual time; {@link ExplorationError} if the
 *   body fails; `SkeinError` with the code `ERR_SKEIN_NOT_REPEATABLE` if it does not do the same when it is run again
 *
 * @example
 * ```ts
 * import { Event, taskGroup } from "skein";
 * import { explore, ExplorationError } from "skein/testing";
 *
 * const body = async () => {
 *   const ready = new Event();
 *   let value = "";
 *   await taskGroup((group) => {
 *     group.spawn(() => void (value = "a value"), { name: "writer" });
 *     group.spawn(() => ready.set(), { name: "herald" }); // does not wait for the writer
 *     group.spawn(async (task) => {
 *       await ready.wait(task);
 *       if (value === "") throw new Error("read before it was written");
 *     }, { name: "reader" });
 *   });
 * };
 * console.log(await explore(body, { preemptions: Infinity }).then(({ complete }) => complete));
 * // prints: true
 * ```
 *
 * @public
 */
export function explore(
  body: (clock: VirtualClock) => unknown,
  options?: ExploreOptions,
): Promise<Explored> {
  checkBody("body", body);
  const { preemptions = 2, maxRuns = 1_000, lateMs = LATE_MS } = EXPLORE_OPTIONS.read(options);
  const releaseOrder = claim("order");
  let releaseTime: () => void;
  try {
    releaseTime = claim("time");
  } catch (error) {
    releaseOrder();
    throw error;
  }
  const unwatch = watchActivity();
  const more = lateMs === LATE_MS ? "" : `, { lateMs: ${lateMs} }`;
  const call = (schedule: string): string => `await withSeed(${schedule}, body${more})`;
  const exploration = new Exploration(new Player(body, lateMs), { preemptions, maxRuns }, call);
  return exploration.go().finally(() => {
    unwatch();
    releaseTime();
    releaseOrder();
  }) satisfies Promise<Coverage>;
}
