import type { ThreadHost } from "../../../lib/threads/pool/thread-host.ts";
import type { Chooser, Option, Pick } from "./chooser.ts";
import { type MainOperation, matters } from "./dependence.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Stage } from "./main-code.ts";
import { MainSideOf } from "./main-side.ts";
import { Shared } from "./memory.ts";
import { copyOf, type Message } from "./operations.ts";
import { Ahead, type Way } from "./ahead.ts";
import { type Move, type Observer, Thread } from "./thread.ts";
import type { WorkerProgram } from "./worker-program.ts";

/** Something that happens to the main thread. */
export interface Event extends Move {
  /** The thread that it comes from. */
  readonly thread?: Thread;
  /** What its worker does before. */
  readonly way?: Way;
}

type HostEvents = Parameters<ThreadHost["listen"]>[0];

interface Timer {
  readonly run: () => void;
  readonly ms: number;
  unref(): this;
}

/** More timers than this do not fire in one run. */
const MOST_FIRED = 3;

/** All that is around the main thread's code in one run: threads, messages, timers, and what is written down of it. */
export class World implements Stage {
  readonly threads: Thread[] = [];
  readonly chooser: Chooser;
  readonly violations: string[] = [];
  /** What happened, for people; empty unless wanted. */
  readonly story: string[] = [];
  readonly observer: Observer;
  /** The event that the main thread deals with, and what its operations have given so far. */
  event = "";
  #trace = "";
  readonly #program: WorkerProgram;
  readonly #ahead: Ahead;
  readonly #tells: boolean;
  /** Durations of the timers that may fire. */
  readonly #fires: readonly number[];
  readonly #timers: Timer[] = [];
  readonly #immediates: (() => void)[] = [];
  readonly #listeners = new Map<Thread, (message: unknown) => void>();
  readonly #hosts = new Map<Thread, HostEvents>();
  #fired = 0;
  #now = 1;

  constructor(
    chooser: Chooser,
    program: WorkerProgram,
    ahead: Ahead,
    observer: Observer,
    fires: readonly number[],
    tells: boolean,
  ) {
    this.chooser = chooser;
    this.#program = program;
    this.#ahead = ahead;
    this.observer = observer;
    this.#fires = fires;
    this.#tells = tells;
  }

  tell(what: string): void {
    if (this.#tells) this.story.push(what);
  }

  violate(what: string): void {
    if (!this.chooser.isKnown) this.violations.push(what);
    this.tell(`VIOLATION ${what}`);
  }

  /** What the threads, and the messages from and to them, are like. */
  get outside(): string {
    return this.threads.map(({ key }) => key).join("/");
  }

  /** What waits to happen to the main thread, apart from the threads. */
  get due(): string {
    return fingerprint(
      this.#fired,
      this.#timers.map(({ ms }) => ms),
      this.#immediates.map(String),
    );
  }

  /** Tells an event, and the state in which it happens, from others. */
  optionOf({ label, thread, way }: Event): Option {
    const after = way === undefined ? this.outside : this.#after(thread!, way);
    const key = `${this.chooser.main}>${label}>${after}`;
    return way === undefined ? { key, label } : { key, label, thread: thread!.id, way };
  }

  /** The event that was chosen. */
  chosen({ label, thread, way }: Pick, steps: readonly Event[]): Event {
    if (way === undefined) {
      return [...steps, ...this.events(false)].find((event) => event.label === label)!;
    }
    const of = this.threads[thread!]!;
    return { ...(way.isDead ? this.#exit(of) : this.#message(of)), way };
  }

  begin(event: Event): void {
    if (event.way !== undefined) this.go(event.thread!, event.way);
    this.event = event.label;
    this.#trace = "";
    this.tell(event.label);
    try {
      event.run();
    } catch (error) {
      this.violate(`The main thread failed: ${String(error)}`);
    }
  }

  /**
   * What may happen to the main thread next.
   *
   * @param withWays - also what workers bring about if they go on
   */
  events(withWays: boolean): Event[] {
    const events: Event[] = [];
    for (const thread of this.threads) this.#eventsOf(thread, withWays, events);
    for (const timer of this.#fired < MOST_FIRED ? this.#timers : []) {
      events.push({ label: `timer of ${timer.ms} ms`, run: () => this.#fire(timer) });
    }
    const [immediate] = this.#immediates;
    if (immediate !== undefined) events.push({ label: "immediate", run: () => this.#turn() });
    return events;
  }

  #eventsOf(thread: Thread, withWays: boolean, events: Event[]): void {
    const isOver = thread.phase === "dead" && !thread.isReported;
    const [first] = thread.toMain;
    if (first !== undefined && !thread.isClosed) events.push(this.#message(thread));
    if (isOver) events.push(this.#exit(thread));
    if (!withWays) return;
    // What a worker does while nothing happens to the main thread matters when something of it comes there.
    const { isThorough } = this.#ahead;
    const ways = this.#ahead.ways(thread, "main", this.observer, ({ trace, toMain }) => {
      if (isThorough) return trace.kind === "dead" || toMain.length > 0;
      return trace.kind === "dead" || (trace.kind === "posted" && toMain.length === 1);
    });
    for (const way of ways) {
      events.push({ ...(way.isDead ? this.#exit(thread) : this.#message(thread)), way });
    }
  }

  #message(thread: Thread): Event {
    const run = (): void => {
      const message = thread.toMain.shift()!;
      this.tell(`    ${message.key}`);
      this.#listeners.get(thread)!(copyOf(message));
    };
    return { label: `message of thread ${thread.id}`, thread, run };
  }

  #exit(thread: Thread): Event {
    const run = (): void => {
      const host = this.#hosts.get(thread)!;
      thread.isReported = true;
      const { code, error } = thread.ending!;
      if (error !== undefined) host.failed(error);
      host.exited(code);
    };
    return { label: `exit of thread ${thread.id}`, thread, run };
  }

  /** Lets every worker go on until it waits for the main thread. */
  rest(): void {
    for (const thread of this.threads) {
      if (this.chooser.isKnown) return;
      const { way } = this.chooser.repeated() ?? this.#chooseRest(thread) ?? {};
      if (way !== undefined) this.go(thread, way);
    }
  }

  #chooseRest(thread: Thread): Pick | undefined {
    const ways = this.#ahead.ways(
      thread,
      "rest",
      this.observer,
      (ahead) => ahead.moves().length === 0,
    );
    if (ways.length === 0) return undefined;
    const rest = `${this.chooser.main}>rest>`;
    return this.chooser.choose(ways.map((way) => ({ key: rest + this.#after(thread, way), way })));
  }

  #fire(timer: Timer): void {
    this.#fired += 1;
    this.clearTimeout(timer);
    timer.run();
  }

  #turn(): void {
    this.#now += 1;
    this.#immediates.shift()!();
  }

  /** Here a worker may go on while the main thread's code runs. */
  point(thread: Thread, before: MainOperation): void {
    const { chooser } = this;
    if (chooser.isKnown) return;
    const { way } = chooser.repeated() ?? this.#choose(thread, before) ?? {};
    if (way !== undefined) this.go(thread, way);
  }

  #choose(thread: Thread, before: MainOperation): Pick | undefined {
    const what = "cell" in before ? `${before.kind} ${before.cell}` : before.kind;
    const { isThorough } = this.#ahead;
    const ways = this.#ahead.ways(
      thread,
      what,
      this.observer,
      ({ trace, toMain }) => isThorough || matters(trace, before, toMain.length === 1),
    );
    if (ways.length === 0) return undefined;
    const inside = `${this.chooser.main}>${this.event}>${this.#trace}>${what}>`;
    return this.chooser.choose([
      { key: inside + this.outside },
      ...ways.map((way) => ({ key: inside + this.#after(thread, way), way })),
    ]);
  }

  /** Lets a worker go a way. */
  go(thread: Thread, way: Way): void {
    for (const step of way.steps) {
      const move = thread.moves()[step]!;
      this.tell(`    ${move.label}`);
      move.run();
    }
  }

  /** What the threads are like when a worker has gone a way. */
  #after(gone: Thread, { key }: Way): string {
    return this.threads.map((thread) => (thread === gone ? key : thread.key)).join("/");
  }

  /** Writes down what an operation of the main thread has given. */
  gave(what: number | string): void {
    this.#trace += `${what},`;
  }

  /** Starts a thread whose mailbox has so many bytes. */
  startHost(bytes: number): ThreadHost {
    const thread = new Thread(this.threads.length, bytes, this.#program, this.observer);
    this.threads.push(thread);
    const shared = new Shared(new MainSideOf(this, thread), bytes);
    const port = {
      on: (what: string, listener: (message: unknown) => void) => {
        if (what === "message") this.#listeners.set(thread, listener);
      },
      unref() {},
      postMessage: (value: unknown) => this.#post(thread, value),
      close: () => {
        thread.isClosed = true;
        thread.toMain.length = 0;
      },
      receive: () => this.#receive(thread),
    };
    const terminate = (): void => {
      this.tell("    terminate");
      if (thread.phase === "alive") thread.phase = "terminating";
    };
    const listen = (events: HostEvents): void => void this.#hosts.set(thread, events);
    return { id: 0, shared: shared as never, port: port as never, listen, terminate };
  }

  #post(thread: Thread, value: unknown): void {
    const message: Message = { value, key: fingerprint(value) };
    if (message.key.includes("uncloneable")) throw new TypeError("could not be cloned");
    this.point(thread, { kind: "send" });
    this.tell(`    main posts ${message.key}`);
    thread.send({ value: copyOf(message), key: message.key });
  }

  #receive(thread: Thread): { readonly message: unknown } | undefined {
    this.point(thread, { kind: "receive" });
    const message = thread.toMain.shift();
    this.gave(message?.key ?? "none");
    this.tell(`    main receives ${message?.key ?? "nothing"}`);
    return message === undefined ? undefined : { message: copyOf(message) };
  }

  setTimeout(run: () => void, ms: number): object {
    const timer: Timer = { run, ms, unref: () => timer };
    if (this.#fires.includes(ms)) this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer: object | undefined): void {
    const at = this.#timers.indexOf(timer as Timer);
    if (at >= 0) this.#timers.splice(at, 1);
  }

  setImmediate(run: () => void): void {
    this.#immediates.push(run);
  }

  now(): number {
    return this.#now;
  }
}
