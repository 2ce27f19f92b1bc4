/**
 * The process under stress: random operations on thread pools, round after round, each checked. It tells its parent
 * what it finds and that it lives; its parent stops it now and then, and looks after its threads.
 */
import { appendFileSync, openSync } from "node:fs";
import { join } from "node:path";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { Home } from "./home.mjs";
import { works } from "./functions.mjs";
import { LivedTime } from "./lived-time.mjs";
import { Notes } from "./notes.mjs";
import { Plan } from "./plan.mjs";
import { Random } from "./random.mjs";
import { Round } from "./round.mjs";

const BEAT_MS = 250;
const COLLECT_MS = 500;
/** Its exit code as long as there is a call that has to keep it alive. */
const ENDED_TOO_EARLY = 7;

class Program {
  lived = new LivedTime();
  aliveThreads = 0;
  figures = {
    rounds: 0,
    calls: 0,
    sessions: 0,
    callbacks: 0,
    cancelled: 0,
    kills: 0,
    exits: 0,
    dropped: 0,
    threads: 0,
    lostSessions: 0,
    warnings: 0,
    undecided: 0,
  };
  #log;
  #boundMs;
  #progressedAt = 0;
  #collectedAt = 0;
  #collect;
  #statistics = () => [];
  #hasFound = false;

  constructor({ folder, boundMs }, library) {
    this.library = library;
    this.#boundMs = boundMs;
    this.#log = openSync(join(folder, "history"), "a");
    this.notes = new Notes(join(folder, "notes"));
    v8.setFlagsFromString("--expose-gc");
    this.#collect = runInNewContext("gc");
    process.on("worker", (worker) => this.#countThread(worker));
    process.on("warning", (warning) => this.#countWarning(warning));
    process.on("unhandledRejection", (reason) => this.find("unhandled rejection", textOf(reason)));
    process.on("uncaughtException", (error) => this.find("uncaught exception", textOf(error)));
    process.on("disconnect", () => this.#hasDisconnected());
    setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  /** Something has settled: as long as that goes on, nothing hangs. */
  progressed() {
    this.#progressedAt = this.lived.ms;
  }

  get isOverdue() {
    return this.lived.ms - this.#progressedAt > this.#boundMs;
  }

  note(text) {
    appendFileSync(this.#log, `${Math.round(performance.now())} ${text}\n`);
  }

  /** Tells the parent, which ends this process. */
  find(kind, text) {
    if (this.#hasFound) return;
    this.#hasFound = true;
    this.note(`FOUND ${kind}`);
    process.send?.({
      finding: { kind, text, statistics: this.#statistics() },
      figures: this.figures,
    });
  }

  /** Lets iterators that nobody has be collected. */
  collect() {
    if (performance.now() - this.#collectedAt < COLLECT_MS) return;
    this.#collectedAt = performance.now();
    this.#collect();
  }

  async run({ seed, seconds, ...options }) {
    const random = new Random(seed);
    const until = performance.now() + 1000 * seconds;
    let homes = [];
    do {
      const roundSeed = random.seed();
      const plan = new Plan(roundSeed, options);
      if (homes.length === 0) homes = this.#homes(plan);
      this.#statistics = () =>
        homes.map(({ name, pool, limiters }) => ({
          name,
          ...pool.statistics(),
          limiters: limiters.map((limiter) => limiter.statistics()),
        }));
      this.note(`round of seed ${roundSeed}: ${JSON.stringify(plan)}`);
      const round = new Round(this, plan, homes);
      await round.run();
      if (plan.isWatchedWhileQuiet) await this.#watched();
      const isOver = performance.now() >= until;
      // Sometimes the last one stays open: an idle pool keeps no process alive.
      if (
        plan.end !== "keep" ||
        homes.some(({ ending, dropped }) => ending !== undefined || dropped.size > 0)
      ) {
        await round.finish(plan.end);
        homes = [];
      }
      this.figures.rounds += 1;
      if (isOver) return;
    } while (!this.#hasFound);
    await new Promise(() => {});
  }

  #homes(plan) {
    const { CapacityLimiter } = this.library;
    const shared = plan.hasLimiter ? new CapacityLimiter(plan.threads) : undefined;
    const other = plan.hasOtherLimiter ? new CapacityLimiter(plan.otherTotal) : undefined;
    const settings = { threads: plan.threads, idleMs: plan.idleMs, limiter: shared, other };
    return Array.from(
      { length: plan.pools },
      (_, i) => new Home(`pool ${i + 1}`, this, this.library, settings),
    );
  }

  /** Nothing runs while the parent looks whether a thread burns. */
  async #watched() {
    this.note("quiet");
    const resumed = new Promise((resolve) => process.once("message", resolve));
    process.send({ isQuiet: true, figures: this.figures });
    await resumed;
    this.note("no longer quiet");
  }

  /** A last call, with nothing else that keeps the process alive; then it has to end by itself. */
  end() {
    this.note("the end");
    this.notes.close();
    process.send({ isDone: true, figures: this.figures }, () => {
      process.disconnect();
      process.exitCode = ENDED_TOO_EARLY;
      const pool = new this.library.Threadpool();
      const cells = new Int32Array(new SharedArrayBuffer(16));
      void pool.run(works, [cells, 0, 100]).then(() => {
        if (!this.#hasFound) process.exitCode = 0;
      });
      setInterval(
        () => this.note(`still here: ${process.getActiveResourcesInfo().join(" ")}`),
        5000,
      ).unref();
    });
  }

  #beat() {
    if (process.connected) process.send({ figures: this.figures });
  }

  #hasDisconnected() {
    // By the parent, which is gone.
    if (process.exitCode !== ENDED_TOO_EARLY && process.exitCode !== 0) process.exit(1);
  }

  #countThread(worker) {
    this.figures.threads += 1;
    this.aliveThreads += 1;
    worker.once("exit", () => (this.aliveThreads -= 1));
  }

  #countWarning(warning) {
    this.figures.warnings += 1;
    if (warning.code !== "SKEIN_THREAD_LATE_ERROR" && warning.code !== "SKEIN_THREAD_STUCK") {
      this.find("warning", textOf(warning));
    }
  }
}

function textOf(error) {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const settings = JSON.parse(process.argv[2]);
const program = new Program(settings, await import(settings.library));
void program.run(settings).then(() => program.end());
