import { fork } from "node:child_process";
import { setTimeout as elapsed } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { since, threadTimes } from "./cpu.mjs";
import { Random } from "./random.mjs";
import { Stops } from "./stops.mjs";

const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));
const LOOK_MS = 500;
/** What may go on for a while after the last call: collections, threads that end. */
const SETTLING_MS = 1500;
const QUIET_MS = 3000;
/** A thread that wants a processor for so much of the time, on and on, and has used so much, burns; a collection ends before. */
const BURNING_SHARE = 0.8;
const BURNING_MS = 1500;
/** On a machine with much to do it takes longer to find out. */
const MOST_LOOKS = 40;
/** How much of what it wrote to standard error is kept. */
const MOST_TEXT = 4000;

/** One run of the program: started, stopped at random, watched. `ended` resolves with what was found, if anything. */
export class Subject {
  figures = {};
  #settings;
  #child;
  #stops;
  #text = "";
  #isDone = false;
  #heardAt;
  #cpuWhenHeard = 0;
  #looking;
  #resolve;
  ended = new Promise((resolve) => (this.#resolve = resolve));

  constructor(settings) {
    this.#settings = settings;
    this.#child = fork(PROGRAM, [JSON.stringify(settings)], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#stops = new Stops((signal) => this.#child.kill(signal), new Random(settings.seed + 1));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on("data", (data) => (this.#text = (this.#text + data).slice(-MOST_TEXT)));
    }
    this.#child.on("message", (message) => this.#hear(message));
    this.#child.on("exit", (code, signal) => this.#hasExited(code, signal));
    this.#child.on("error", (error) => this.#find("cannot be started", error.stack));
    this.#heard();
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  get stops() {
    return this.#stops.count;
  }

  /** Ends it whatever it does. */
  kill() {
    clearInterval(this.#looking);
    this.#stops.end();
    this.#child.kill("SIGKILL");
  }

  #hear({ figures, finding, isQuiet, isDone }) {
    this.#heard();
    this.figures = figures;
    if (isDone) this.#isDone = true;
    if (isQuiet) void this.#watchQuiet();
    if (finding) void this.#examine(finding);
  }

  #heard() {
    this.#heardAt = this.#stops.runningMs;
    this.#cpuWhenHeard = this.#cpuOfMainThread();
  }

  #cpuOfMainThread() {
    return threadTimes(this.#child.pid).get(this.#child.pid)?.hadMs ?? 0;
  }

  /** Is it alive? Has it ended? It may be slow: its event loop has to do nothing for long, or much without a turn. */
  #look() {
    const { boundMs } = this.#settings;
    const silentMs = this.#stops.runningMs - this.#heardAt;
    if (silentMs < boundMs) return;
    const usedMs = this.#cpuOfMainThread() - this.#cpuWhenHeard;
    if (silentMs < 2 * boundMs && usedMs < boundMs / 3) return;
    const kind = this.#isDone ? "does not exit" : "event loop stands still";
    const text = `for ${Math.round(silentMs)} ms; its main thread used ${usedMs} ms of CPU meanwhile`;
    this.#heardAt = Infinity;
    void this.#examine({ kind, text });
  }

  async #watchQuiet() {
    this.#stops.pause();
    await elapsed(SETTLING_MS);
    const burning = await this.#burning();
    if (burning.length > 0) this.#find("a thread burns while nothing runs", burning.join("\n"));
    this.#stops.resume();
    if (this.#child.connected) this.#child.send({});
  }

  /** Threads that want a processor all the time. */
  async #burning() {
    const start = threadTimes(this.#child.pid);
    let suspects = new Set(start.keys());
    let last = start;
    for (let looks = 0; looks < MOST_LOOKS && suspects.size > 0; looks++) {
      const began = performance.now();
      await elapsed(QUIET_MS);
      const now = threadTimes(this.#child.pid);
      const wanted = BURNING_SHARE * (performance.now() - began);
      const wanting = since(last, now).filter(({ wantedMs }) => wantedMs >= wanted);
      suspects = new Set(wanting.map(({ thread }) => thread).filter((each) => suspects.has(each)));
      const used = since(start, now).filter(
        ({ thread, hadMs }) => suspects.has(thread) && hadMs >= BURNING_MS,
      );
      if (used.length > 0)
        return used.map((each) => `${this.#name(each)} used ${each.hadMs} ms of CPU`);
      last = now;
    }
    return [];
  }

  #name({ thread }) {
    return thread === this.#child.pid ? "the main thread" : `thread ${thread}`;
  }

  /** Adds what its threads do at the moment. */
  async #examine({ kind, text, statistics = [] }) {
    this.#stops.pause();
    const before = threadTimes(this.#child.pid);
    await elapsed(1000);
    const busy = since(before, threadTimes(this.#child.pid)).filter(
      ({ wantedMs }) => wantedMs > 100,
    );
    const threads = busy.map(
      (each) =>
        `${this.#name(each)} uses ${Math.round(each.hadMs)} ms of CPU in a second and wants ${Math.round(each.wantedMs)}`,
    );
    const pools = statistics.map((each) => JSON.stringify(each));
    this.#find(kind, [text, ...pools, ...threads].join("\n"));
  }

  #hasExited(code, signal) {
    if (code !== 0 || !this.#isDone) {
      const how = signal === null ? `exit code ${code}` : signal;
      const when = this.#isDone ? "after its end" : "before its end";
      this.#find("the process ended", `with ${how}, ${when}`);
    }
    this.#end(undefined);
  }

  #find(kind, text) {
    const output = this.#text === "" ? "" : `\nit wrote:\n${this.#text}`;
    this.#end({ kind, text: text + output });
  }

  #end(finding) {
    this.kill();
    this.#resolve(finding);
  }
}
