import { createHash } from "node:crypto";
import { Ahead } from "./ahead.ts";
import { Chooser, type Start } from "./chooser.ts";
import { loadMainCode, type MainCode } from "./main-code.ts";
import type { Patch } from "./modules.ts";
import { Play } from "./play.ts";
import { WorkerCode } from "./replay.ts";
import type { Scenario } from "./scenario.ts";
import { WorkerProgram } from "./worker-program.ts";
import { type Event, World } from "./world.ts";

/** What an exploration has found. */
export interface Report {
  readonly states: number;
  readonly runs: number;
  /** The states in which nothing can happen any more. */
  readonly ends: ReadonlySet<string>;
  /** Whether there is nothing left to try. */
  readonly isComplete: boolean;
  /** Each violation with what led to it. */
  readonly violations: ReadonlyMap<string, readonly string[]>;
  /** How the calls ended, in all the ways that were met. */
  readonly outcomes: ReadonlySet<string>;
}

export interface Limits {
  /** After so many runs it is given up. */
  readonly runs: number;
  /** The first violation is enough. */
  readonly stopsAtFirst?: boolean;
  /** Also orders are tried of which is known that they lead to the same as others. */
  readonly isThorough?: boolean;
}

/** Smaller than in earnest, where that only makes the same happen sooner. */
const SMALL: readonly Patch[] = [
  { file: "threads/pool/protocol.js", from: "ROOM = 256", to: "ROOM = 4" },
  { file: "threads/pool/watch.js", from: "LOOKS = 250", to: "LOOKS = 2" },
  { file: "threads/worker/worker-thread.js", from: "(looks & 63) !== 0", to: "looks < 0" },
];

/** Tries all orders in which everything can happen in a scenario. */
export async function explore(
  scenario: Scenario,
  faults: readonly Patch[],
  limits: Limits,
): Promise<Report> {
  return await new Exploration(scenario, faults, limits).go();
}

class Exploration {
  readonly #scenario: Scenario;
  readonly #limits: Limits;
  readonly #main: MainCode;
  readonly #program: WorkerProgram;
  readonly #ahead: Ahead;
  readonly #seen = new Set<string>();
  readonly #untried: Start[] = [];
  readonly #violations = new Map<string, Start | undefined>();
  readonly #ends = new Set<string>();
  readonly #outcomes = new Set<string>();
  #world!: World;

  constructor(scenario: Scenario, faults: readonly Patch[], limits: Limits) {
    this.#scenario = scenario;
    this.#limits = limits;
    this.#ahead = new Ahead(limits.isThorough === true);
    const patches = [...SMALL, ...(scenario.patches ?? []), ...faults];
    this.#main = loadMainCode(patches, () => this.#world);
    const code = new WorkerCode(patches, scenario.functions, this.#main.bytes);
    this.#program = new WorkerProgram(code);
  }

  async go(): Promise<Report> {
    let runs = 0;
    let start: Start | undefined;
    do {
      const world = await this.#run(start, false);
      runs += 1;
      for (const what of world.violations) {
        if (!this.#violations.has(what)) this.#violations.set(what, world.chooser.last);
      }
      if (
        (this.#violations.size > 0 || this.#ahead.circle !== undefined) &&
        this.#limits.stopsAtFirst === true
      )
        break;
      start = this.#untried.pop();
    } while (start !== undefined && runs < this.#limits.runs);
    const violations = new Map<string, readonly string[]>();
    if (this.#ahead.circle !== undefined) {
      violations.set("A worker goes round in circles instead of waiting", this.#ahead.circle);
    }
    for (const [what, last] of this.#violations) {
      violations.set(what, (await this.#run(last, true)).story);
    }
    return {
      states: this.#seen.size,
      runs,
      ends: this.#ends,
      isComplete: start === undefined && this.#untried.length === 0,
      violations,
      outcomes: this.#outcomes,
    };
  }

  async #run(start: Start | undefined, tells: boolean): Promise<World> {
    const chooser = new Chooser(start, tells ? new Set() : this.#seen, tells ? [] : this.#untried);
    const play = new Play(this.#scenario, this.#main);
    const timers = this.#scenario.timers ?? [];
    const world = new World(chooser, this.#program, this.#ahead, play, timers, tells);
    this.#world = play.world = world;
    play.start();
    for (let length = 0; !chooser.isKnown && world.violations.length === 0; length++) {
      if (length > LONGEST_RUN) world.violate("It goes on and on");
      const event = this.#next(play, world);
      if (event === undefined) break;
      world.begin(event);
      await microtasks();
      if (!chooser.isRepeating) play.check();
    }
    return world;
  }

  /** What happens next, if there is anything that has not been tried. */
  #next(play: Play, world: World): Event | undefined {
    const { chooser } = world;
    const steps = play.steps();
    const repeated = chooser.repeated();
    if (repeated?.label !== undefined) return world.chosen(repeated, steps);
    const events = [...steps, ...world.events(true)];
    if (!chooser.isRepeating) chooser.main = digest(play.state + world.due);
    if (events.length === 0) {
      world.rest();
      play.checkEnd();
      if (!chooser.isKnown) this.#ended(play);
      return undefined;
    }
    const picked = chooser.choose(events.map((event) => world.optionOf(event)));
    return picked === undefined ? undefined : world.chosen(picked, steps);
  }

  #ended(play: Play): void {
    this.#ends.add(digest(play.state + play.world.outside));
    this.#outcomes.add(play.records.map(({ name, outcome }) => `${name} ${outcome}`).join(", "));
  }
}

/** More events than any run has that comes to its end. */
const LONGEST_RUN = 200;

/** More steps than any chain of promises in the code has. */
const LONGEST_CHAIN = 40;

async function microtasks(): Promise<void> {
  const now = Promise.resolve();
  for (let i = 0; i < LONGEST_CHAIN; i++) await now;
}

function digest(text: string): string {
  return createHash("md5").update(text).digest("base64").slice(0, 16);
}
