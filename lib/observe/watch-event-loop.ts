import { channel, processFor } from "../host.ts";
import { ambience } from "../scope/ambience.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuseNumber } from "../scope/refuse.ts";
import { Scope } from "../scope/scope.ts";
import { withStackLimit } from "../scope/stack-limit.ts";
import { BEATS, type StallWatch, stallWatcher, TICKS } from "./stall-watcher.ts";

/**
 * What is a stall.
 *
 * @public
 */
export interface WatchEventLoopOptions {
  /** For how long the event loop has to stand still, in milliseconds; at least 20. Default: 100. */
  stallMs?: number | undefined;
}

/**
 * What is published on the diagnostics channel `skein:loop:blocked`, once the event loop turns again.
 *
 * @public
 */
export interface LoopBlockedEvent {
  /** For how long it has stood still, in milliseconds. */
  readonly forMs: number;
  /** The name of the task that ran; known to programs that use `skein/ambient`. */
  readonly task?: string;
  /** The first place in the stack that is not Node's own: a function with its file, line and column. */
  readonly site?: string;
  /** What ran when it had stood still for `stallMs`. Missing if that was over before it could be asked. */
  readonly stack?: string;
}

const DEFAULT_STALL_MS = 100;
const LEAST_STALL_MS = 20;
/** Beats and ticks in a stall that is just long enough. */
const PER_STALL = 2;
/** One that has lasted for so long may never end, and is told at once. */
const LONG_MS = 5_000;
const FRAMES = 30;

const WATCH_OPTIONS = /* @__PURE__ */ new KnownOptions<WatchEventLoopOptions>(
  "`watchEventLoop`",
  () => ({ stallMs: checkStall }),
);

function checkStall(name: string, value: unknown): void {
  if (typeof value === "number" && value >= LEAST_STALL_MS && value < 2 ** 31) return;
  refuseNumber(name, `a number of milliseconds from ${LEAST_STALL_MS} on`, value);
}

const blocked = /* @__PURE__ */ channel("skein:loop:blocked");
let watches = 0;

/**
 * Notices when the event loop stands still, because something computes or blocks for too long, and tells what: a
 * process warning with the function, its file and line, and a message on the diagnostics channel `skein:loop:blocked`.
 * A stall that goes on for 5 s, an endless loop say, is told on standard error while it lasts.
 *
 * A thread watches, which looks twice in `stallMs`, as often as the event loop shows that it turns; it connects to the
 * inspector during a stall only. Where there is none, under `--permission` or in a worker thread, the place is not
 * known. A process that is stopped as a whole has not stood still. Neither the thread nor the watch keeps a process
 * alive.
 *
 * **Cancellation:** none; dispose what it returns.
 *
 * @param options - what is a stall
 * @returns disposing it ends the thread
 * @throws TypeError or RangeError if an option is invalid
 * @throws NotSupportedError where there is no process, as in a browser
 *
 * @example
 * ```ts
 * import { watchEventLoop } from "skein";
 *
 * await using watch = watchEventLoop({ stallMs: 200 });
 * console.log(watch instanceof Object);
 * // prints: true
 * ```
 *
 * @public
 */
export function watchEventLoop(options?: WatchEventLoopOptions): AsyncDisposable {
  const { stallMs = DEFAULT_STALL_MS } = WATCH_OPTIONS.read(options);
  processFor("watchEventLoop");
  const watch = new EventLoopWatch(stallMs);
  return { [Symbol.asyncDispose]: () => watch.end() };
}

interface BlockedAt {
  readonly beat: number;
  readonly task: string | undefined;
  readonly stack: string;
}

class EventLoopWatch {
  readonly #stallMs: number;
  readonly #tickMs: number;
  readonly #cells = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  readonly #question = `skein/stall/${process.pid}/${++watches}`;
  readonly #stopBeats: () => void;
  readonly #end: () => Promise<unknown>;
  /** What the thread has been told of the stall that it asked for. */
  #place: BlockedAt | undefined;
  #last = performance.now();
  #ticks = 0;
  #ended: Promise<void> | undefined;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
    this.#tickMs = Math.ceil(stallMs / PER_STALL);
    const { Worker } = process.getBuiltinModule("worker_threads");
    const given: StallWatch = {
      shared: this.#cells.buffer as SharedArrayBuffer,
      tickMs: this.#tickMs,
      patience: PER_STALL + 1,
      long: Math.ceil(LONG_MS / this.#tickMs),
      question: canBeAsked() ? this.#question : undefined,
    };
    const thread = new Worker(stallWatcher, { eval: true, execArgv: [], workerData: given });
    thread.unref();
    // Without it there is less to tell, and nothing else amiss.
    thread.on("error", () => {});
    this.#end = () => thread.terminate();
    this.#answer((beat, isLong) => this.#asked(beat, isLong));
    // The host's: a watch keeps real time, also where a test lets time jump.
    const { clearInterval, setInterval } = process.getBuiltinModule("timers");
    const timer = setInterval(() => this.#beat(), this.#tickMs).unref();
    this.#stopBeats = () => clearInterval(timer);
  }

  async end(): Promise<void> {
    this.#ended ??= this.#finish();
    return this.#ended;
  }

  async #finish(): Promise<void> {
    this.#stopBeats();
    this.#answer(undefined);
    await this.#end();
  }

  #answer(question: ((beat: number, isLong: boolean) => void) | undefined): void {
    const holder = globalThis as Record<symbol, unknown>;
    const key = Symbol.for(this.#question);
    if (question === undefined) delete holder[key];
    else Object.defineProperty(holder, key, { value: question, configurable: true });
  }

  /** Runs in the middle of whatever blocks. */
  #asked(beat: number, isLong: boolean): void {
    const current = ambience?.current();
    const task = current instanceof Scope ? current.name : undefined;
    const stack = withStackLimit(FRAMES, () => new Error("stack").stack);
    const frames = stack?.split("\n") ?? [];
    // Ours come first, the inspector's last of those.
    const evaluated = frames.findIndex((frame) => /at <anonymous>:\d+:\d+$/.test(frame));
    const place = { beat, task, stack: frames.slice(evaluated + 1).join("\n") };
    this.#place ??= place;
    if (!isLong) return;
    const said = `${sentence(performance.now() - this.#last, place)}, and still is\n${place.stack}\n`;
    // Nothing that waits for the event loop would be seen.
    process.getBuiltinModule("fs").writeSync(process.stderr.fd, said);
  }

  #beat(): void {
    const now = performance.now();
    const late = now - this.#last - this.#tickMs;
    const ticks = Atomics.load(this.#cells, TICKS);
    // The thread has looked meanwhile, so the process was not stopped as a whole.
    if (late >= this.#stallMs && ticks - this.#ticks > PER_STALL) this.#tell(late);
    this.#place = undefined;
    this.#last = now;
    this.#ticks = ticks;
    Atomics.add(this.#cells, BEATS, 1);
  }

  #tell(forMs: number): void {
    const place = this.#place;
    const isKnown = place?.beat === Atomics.load(this.#cells, BEATS);
    const { task, stack } = isKnown ? place : { task: undefined, stack: undefined };
    const site = isKnown ? siteIn(place) : undefined;
    blocked.publish({
      forMs: Math.round(forMs),
      ...(task === undefined ? {} : { task }),
      ...(site === undefined ? {} : { site }),
      ...(stack === undefined ? {} : { stack }),
    } satisfies LoopBlockedEvent);
    process.emitWarning(sentence(forMs, isKnown ? place : undefined), {
      type: "SkeinWarning",
      code: "SKEIN_LOOP_BLOCKED",
    });
  }
}

/**
 * Only the main thread has an inspector that another thread can reach, and where none is permitted, Node ends the
 * process.
 */
function canBeAsked(): boolean {
  const { isMainThread } = process.getBuiltinModule("worker_threads");
  const { permission, features } = process as {
    permission?: { has(what: string): boolean };
    features: { inspector: boolean };
  };
  if (!isMainThread || !features.inspector) return false;
  return permission === undefined || permission.has("inspector");
}

function sentence(forMs: number, place: BlockedAt | undefined): string {
  const task = place?.task === undefined ? "" : ` by the task "${place.task}"`;
  const site = place === undefined ? undefined : siteIn(place);
  const where = site === undefined ? "" : `, ${site}`;
  return `The event loop was blocked for ${Math.round(forMs)} ms${task}${where}`;
}

function siteIn({ stack }: BlockedAt): string | undefined {
  const frames = stack.split("\n");
  return frames
    .find(
      (frame) => /:\d+:\d+\)?$/.test(frame) && !frame.includes("(node:") && !/ node:/.test(frame),
    )
    ?.trim();
}
