import { VERSION } from "../../../lib/errors/copies.ts";
import { fingerprint } from "./fingerprint.ts";
import { Done, Later } from "./later.ts";
import { type Kind, Shared, type Side, type View, viewsOf } from "./memory.ts";
import { hidden, Modules, type Patch } from "./modules.ts";
import { copyOf, IMMEDIATE, LEFTOVER, type Message, type Operation } from "./operations.ts";
import { codecErrors } from "./stand-ins.ts";
import { SeenGenerator, type WorkerApi, type WorkerFunction } from "./worker-api.ts";

/** After so long without a call a worker dozes, and its event loop is due after a call. */
export const LONG_MS = 20;
/** A look at the clock between two calls. A fraction that adds up exactly. */
const TICK_MS = 0.25;

/** How long functions take that are not quick, by their name. */
const SLOW_MS = 0.25;

/** Ends a run of the worker's code at the first operation whose result is not recorded. */
const PAUSE = new Error("paused");

/** What the worker's code has come to. */
export interface Paused {
  readonly operation: Operation;
  /** The thread's own state, if it has just begun to look for a call: then nothing else tells its state. */
  readonly state: string | undefined;
}

/** Where the copies of the library in one thread keep what they have in common. */
const COMMON = Symbol.for(`skein/${VERSION}/common`);

/** Loads the worker's code once for many runs. */
export class WorkerCode {
  readonly #patches: readonly Patch[];
  readonly #functions: Readonly<Record<string, WorkerFunction>>;
  readonly #shared: Map<string, Record<string, unknown>>;
  readonly #bytes: number;

  constructor(
    patches: readonly Patch[],
    functions: Readonly<Record<string, WorkerFunction>>,
    bytes: number,
  ) {
    this.#patches = patches;
    this.#functions = functions;
    this.#bytes = bytes;
    const views = {
      Int32Array: viewsOf("int"),
      Float64Array: viewsOf("double"),
      Uint16Array: viewsOf("unit"),
    };
    const modules = new Modules(patches, { modules: stable, globals: views }, true);
    for (const path of STABLE) modules.load(path);
    this.#shared = new Map(modules.loaded);
    // Each thread has its own of what its copies have in common.
    this.#shared.delete("errors/copies.js");
  }

  /** Runs the code from its start, with what its operations have given so far. */
  run(record: readonly unknown[]): Paused {
    return new Replay(record).run(this.#patches, this.#functions, this.#shared, this.#bytes);
  }
}

const stable = { "threads/codec/errors.js": codecErrors };
/** Modules that keep nothing between two operations. */
const STABLE = [
  "errors.js",
  "threads/codec/packed.js",
  "threads/codec/refusal.js",
  "threads/codec/transfer.js",
  "threads/codec/values.js",
  "threads/pool/protocol.js",
];

/** One run of the worker's code. */
class Replay implements Side {
  readonly #record: readonly unknown[];
  #at = 0;
  #pending: Operation | undefined;
  #clock = 0;
  #state: string | undefined;
  #thread: object | undefined;
  #isLooking = false;
  #onMessage: (message: unknown) => void = () => {};
  #onUncaught: ((error: unknown) => void) | undefined;
  #fatal: { readonly error: unknown } | undefined;
  readonly #immediates: (() => void)[] = [];
  readonly #leftovers: { readonly owner: unknown; readonly error: Error }[] = [];
  readonly #loaded = new Set<string>();
  #owner: unknown;
  readonly #globalThis: Record<symbol, { worker?: { current: Current | undefined } }> = {};

  constructor(record: readonly unknown[]) {
    this.#record = record;
  }

  run(
    patches: readonly Patch[],
    functions: Readonly<Record<string, WorkerFunction>>,
    loaded: ReadonlyMap<string, Record<string, unknown>>,
    bytes: number,
  ): Paused {
    const surroundings = { modules: this.#modules(functions), globals: this.#globals() };
    const modules = new Modules(patches, surroundings, true, loaded);
    const { WorkerThread } = modules.load("threads/worker/worker-thread.js") as {
      WorkerThread: ThreadClass;
    };
    const { runCall } = modules.load("threads/worker/run-call.js");
    try {
      const thread = new WorkerThread({ port: this.#port(), shared: new Shared(this, bytes) });
      this.#follow(thread, modules);
      const end = thread.serve(runCall) as Done;
      this.#perform({ kind: "fail", error: end.error?.error ?? new Error("serve() has ended") });
    } catch (error) {
      if (error !== PAUSE) throw error;
    }
    return { operation: this.#pending!, state: this.#state };
  }

  read(type: Kind, at: number): number {
    return this.#perform({ kind: "read", type, at }) as number;
  }

  write(type: Kind, at: number, value: number): void {
    this.#perform({ kind: "write", type, at, value });
  }

  #perform(operation: Operation): unknown {
    if (this.#pending !== undefined) throw PAUSE;
    if (this.#at < this.#record.length) return this.#record[this.#at++];
    this.#pending = operation;
    throw PAUSE;
  }

  /** What throws here is taken for a message that cannot be read, so the run ends with its next operation. */
  #receive(): Message | undefined {
    try {
      return this.#perform({ kind: "receive" }) as Message | undefined;
    } catch {
      return undefined;
    }
  }

  /** Notes where the thread has no state but that of its fields, and where it waits for time. */
  #follow(thread: Thread, modules: Modules): void {
    this.#thread = thread;
    const { mailbox } = thread;
    const take = mailbox.take.bind(mailbox);
    const look = hidden<() => boolean>(thread, "look");
    mailbox.take = () => {
      if (this.#at === this.#record.length && this.#pending === undefined) {
        this.#state = this.#describe(thread, modules);
      }
      return take();
    };
    (thread as unknown as { _$look: () => boolean })._$look = () => {
      this.#isLooking = true;
      const found = look.call(thread);
      this.#isLooking = false;
      return found;
    };
  }

  #describe(thread: Thread, modules: Modules): string {
    const since = (name: string): number =>
      Math.floor((this.#clock - hidden<number>(thread, name)) / LONG_MS);
    return fingerprint(
      ["body", "bodyOf", "answer", "wake"].map((name) => hidden<unknown>(thread, name)),
      since("endedAt"),
      since("turnedAt"),
      thread.functions,
      hidden<number>(thread.outlet, "sent"),
      ...["leftovers", "run-call"].map((name) => peeked(modules, name)),
      this.#loaded,
      this.#leftovers.length,
      this.#onUncaught === undefined,
    );
  }

  #now(): number {
    if (!this.#isLooking) return this.#clock;
    this.#clock += TICK_MS;
    const isLate = this.#clock - hidden<number>(this.#thread!, "endedAt") >= LONG_MS;
    if (!isLate) this.#clock += this.#perform({ kind: "now" }) as number;
    return this.#clock;
  }

  #await(awaited: unknown): unknown {
    if (awaited instanceof Done) {
      if (awaited.error !== undefined) throw awaited.error.error;
      return awaited.value;
    }
    if (!(awaited instanceof Later)) return awaited;
    for (;;) {
      if (this.#fatal !== undefined) this.#perform({ kind: "fail", error: this.#fatal.error });
      if (awaited.isSettled) return awaited.value;
      const hasLeftover = this.#leftovers.length > 0;
      const came = this.#perform({
        kind: "loop",
        hasImmediate: this.#immediates.length > 0,
        hasLeftover,
      });
      if (came === IMMEDIATE) this.#immediates.shift()!();
      else if (came === LEFTOVER) this.#surface();
      else this.#onMessage(copyOf(came as Message));
    }
  }

  #surface(): void {
    const { owner, error } = this.#leftovers.shift()!;
    if (this.#onUncaught === undefined) {
      this.#fatal = { error };
      return;
    }
    const before = this.#owner;
    this.#owner = owner;
    this.#onUncaught(error);
    this.#owner = before;
  }

  #port(): unknown {
    return {
      on: (what: string, listener: (message: unknown) => void) => {
        if (what === "message") this.#onMessage = listener;
      },
      postMessage: (value: unknown) => {
        this.#perform({ kind: "post", message: { value, key: fingerprint(value) } });
      },
      receive: () => {
        const message = this.#receive();
        return message === undefined ? undefined : { message: copyOf(message) };
      },
    };
  }

  #modules(functions: Readonly<Record<string, WorkerFunction>>): Record<string, unknown> {
    // oxlint-disable-next-line typescript/no-this-alias -- of two kinds of objects, this is the one that stays
    const replay = this;
    const api = this.#api();
    return {
      ...stable,
      "node:worker_threads": {
        receiveMessageOnPort: (port: { receive(): unknown }) => port.receive(),
      },
      "node:fs": {},
      "node:async_hooks": {
        executionAsyncId: () => 1,
        AsyncLocalStorage: class {
          run<T>(owner: unknown, run: () => T): T {
            replay.#owner = owner;
            return run();
          }
          getStore(): unknown {
            return replay.#owner;
          }
          disable(): void {
            replay.#owner = undefined;
          }
        },
      },
      "threads/closure/receive.js": {
        ReceivedFunctions: class {
          has(id: string): boolean {
            return replay.#loaded.has(id);
          }
          load(code: { id: string }): Later {
            return replay.#later(() => replay.#loaded.add(code.id));
          }
          instantiate(id: string, values: unknown): (...args: never[]) => unknown {
            return (...args) => {
              if (values !== undefined && values !== args[0]) return "the values of another call";
              replay.#note("begins", String(args[0]));
              if (!id.startsWith("quick")) replay.#clock += SLOW_MS;
              return functions[id]!(api, ...args);
            };
          }
        },
      },
    };
  }

  #globals(): Record<string, unknown> {
    const fatal = (fail: () => void): void => {
      try {
        fail();
      } catch (error) {
        this.#fatal = { error };
      }
    };
    return {
      Atomics: this.#atomics(),
      Float64Array: viewsOf("double"),
      Int32Array: viewsOf("int"),
      Promise: Later,
      __awaiter: (self: unknown, args: unknown, _: unknown, body: () => Generator) =>
        this.#go(body.call(self)),
      globalThis: this.#globalThis,
      performance: { now: () => this.#now() },
      process: {
        exit: (code: number) => this.#perform({ kind: "exit", code }),
        nextTick: fatal,
        on: (_: string, listener: (error: unknown) => void) => (this.#onUncaught = listener),
        removeAllListeners: () => (this.#onUncaught = undefined),
        stdout: {},
        stderr: {},
      },
      setImmediate: (run: () => void) => this.#immediates.push(run),
    };
  }

  /** Runs an async function, and whatever it awaits, to its end. */
  #go(steps: Generator): Done {
    try {
      let step = steps.next();
      while (step.done !== true) {
        let value: unknown;
        try {
          value = this.#await(step.value);
        } catch (error) {
          if (error === PAUSE) throw error;
          step = steps.throw(error);
          continue;
        }
        step = steps.next(value);
      }
      return new Done(step.value);
    } catch (error) {
      if (error === PAUSE) throw error;
      return new Done(undefined, { error });
    }
  }

  #atomics(): unknown {
    const cell = (view: View, at: number): number => view.base + at;
    return {
      load: (view: View, at: number) => this.#perform({ kind: "load", cell: cell(view, at) }),
      store: (view: View, at: number, value: number) =>
        this.#perform({ kind: "store", cell: cell(view, at), value }),
      exchange: (view: View, at: number, value: number) =>
        this.#perform({ kind: "exchange", cell: cell(view, at), value }),
      compareExchange: (view: View, at: number, expected: number, value: number) =>
        this.#perform({ kind: "compareExchange", cell: cell(view, at), expected, value }),
      wait: (view: View, at: number, expected: number, ms?: number) => {
        const isTimed = ms !== undefined;
        const ended = this.#perform({ kind: "wait", cell: cell(view, at), expected, isTimed });
        if (ended === "timed-out") this.#clock += LONG_MS;
        return ended;
      },
    };
  }

  #note(what: string, name: string): void {
    this.#perform({ kind: "note", what, name });
  }

  #later(run: () => unknown): Later {
    return new Later((resolve) => this.#immediates.push(() => resolve(run())));
  }

  #api(): WorkerApi {
    const current = (): Current => this.#globalThis[COMMON]!.worker!.current!;
    return {
      exit: (code) => this.#perform({ kind: "exit", code }) as never,
      gate: (name) => void this.#perform({ kind: "until", what: "gate", name }),
      forever: () => this.#perform({ kind: "until", what: "never", name: "" }) as never,
      asks: () => current().asksIfCancelled(),
      untilCancelled: () => void this.#perform({ kind: "until", what: "cancelled", name: "" }),
      progress: (value) => current().progress(value),
      turn: <T>(value: T) => this.#later(() => value) as unknown as PromiseLike<T>,
      leaves: () =>
        void this.#leftovers.push({ owner: this.#owner, error: new Error("left behind") }),
      generator: (name, items) => new SeenGenerator(name, items, (what) => this.#note(what, name)),
    };
  }
}

function peeked(modules: Modules, name: string): unknown {
  return (modules.loaded.get(`threads/worker/${name}.js`)!["peek"] as () => unknown)();
}

interface Current {
  asksIfCancelled(): boolean;
  progress(value: unknown): void;
}

interface Thread {
  readonly mailbox: { take(): boolean };
  readonly functions: unknown;
  readonly outlet: object;
  serve(run: unknown): unknown;
}

type ThreadClass = new (start: { port: unknown; shared: Shared }) => Thread;
