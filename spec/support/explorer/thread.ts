import { EAGER, IDLE, POSTED, RUNNING, STATE, WORD } from "../../../lib/threads/pool/protocol.ts";
import { NOTHING, type Trace } from "./dependence.ts";
import { type Kind, Memory } from "./memory.ts";
import { IMMEDIATE, LEFTOVER, type Message, nameOf, type Operation } from "./operations.ts";
import { LONG_MS } from "./replay.ts";
import type { Place, WorkerProgram } from "./worker-program.ts";

/** Something that can happen next. */
export interface Move {
  readonly label: string;
  readonly run: () => void;
}

/** How workers without a call wait for the next one, as far as a scenario tries it. */
export type Waiting = "parked" | "dozing" | "in all ways";

/** Who hears of what the worker of a thread does. */
export interface Observer {
  /** It has claimed what is in its mailbox. */
  took(thread: Thread): void;
  noted(thread: Thread, what: string, name: string): void;
  isOpen(gate: string): boolean;
  mayCrash: boolean;
  readonly waiting: Waiting;
  /** All that decides what a worker may do, besides the thread's own state. */
  readonly allows: string;
}

interface Sleep {
  readonly cell: number;
  readonly expected: number;
  readonly isTimed: boolean;
  isWoken: boolean;
}

/** A thread as the system sees it: its worker's place in the code, the memory and the messages between its two sides. */
export class Thread {
  readonly id: number;
  readonly memory: Memory;
  readonly toMain: Message[] = [];
  readonly toWorker: Message[] = [];
  phase: "alive" | "terminating" | "dead" = "alive";
  ending: { readonly code: number; readonly error: unknown } | undefined;
  /** It has replied when it was being terminated already: its function may have gone wrong. */
  isLate = false;
  /** The main thread has been told of its end. */
  isReported = false;
  /** The main thread has closed its port. */
  isClosed = false;
  sleep: Sleep | undefined;
  /** How many notes its worker has taken: only of a dead one is that more than its place tells. */
  notes = 0;
  /** What its worker's last step has done. */
  trace: Trace = NOTHING;
  place: Place;
  readonly #program: WorkerProgram;
  readonly #observer: Observer;

  constructor(id: number, bytes: number, program: WorkerProgram, observer: Observer) {
    this.id = id;
    this.memory = new Memory(bytes);
    this.#program = program;
    this.#observer = observer;
    this.place = program.start;
  }

  /** The same, to try out what its worker may do. */
  copy(observer: Observer): Thread {
    const copy = new Thread(this.id, this.memory.int.byteLength, this.#program, observer);
    copy.memory.int.set(this.memory.int);
    copy.toMain.push(...this.toMain);
    copy.toWorker.push(...this.toWorker);
    const { phase, ending, isLate, isReported, isClosed, sleep, place, notes } = this;
    Object.assign(copy, { phase, ending, isLate, isReported, isClosed, place, notes });
    if (sleep !== undefined) copy.sleep = { ...sleep };
    return copy;
  }

  /** All that its state is made of. */
  get key(): string {
    const { sleep } = this;
    return [
      this.phase === "dead" ? this.notes : this.place.id,
      this.phase,
      sleep === undefined ? "" : `${sleep.cell}${sleep.isWoken ? "w" : "s"}`,
      this.isLate ? 1 : 0,
      this.isReported ? 1 : 0,
      this.toMain.map(({ key }) => key).join(),
      this.toWorker.map(({ key }) => key).join(),
      this.memory.text,
    ].join("|");
  }

  get word(): number {
    return this.memory.int[WORD]!;
  }

  get state(): number {
    return this.word & STATE;
  }

  /** What its worker can do next. */
  moves(): Move[] {
    if (this.phase === "dead") return [];
    const moves = this.#steps();
    if (this.phase === "terminating")
      moves.push(this.#move("is ended", () => this.die(1, undefined)));
    else if (this.#observer.mayCrash && this.place !== this.#program.start) {
      moves.push(
        this.#move("crashes", () => {
          this.#observer.mayCrash = false;
          this.die(1, new Error("crash"));
        }),
      );
    }
    return moves;
  }

  /** Wakes the worker if it sleeps on a cell. */
  notify(cell: number): void {
    if (this.sleep?.cell === cell) this.sleep.isWoken = true;
  }

  send(message: Message): void {
    if (this.phase !== "dead") this.toWorker.push(message);
  }

  die(code: number, error: unknown): void {
    this.phase = "dead";
    this.trace = { kind: "dead" };
    this.ending = { code, error };
    this.sleep = undefined;
    this.toWorker.length = 0;
  }

  #move(label: string, run: () => void): Move {
    return { label: `thread ${this.id} ${label}`, run };
  }

  #steps(): Move[] {
    const { operation } = this.place;
    const step = (result: unknown, what = nameOf(operation)): Move =>
      this.#move(what, () => {
        this.trace = NOTHING;
        this.#go(result);
      });
    switch (operation.kind) {
      case "wait":
        return this.#waiting(operation);
      case "loop":
        return this.#turns(operation, step);
      case "now":
        return this.#times().map((ms) => step(ms, `has waited for ${ms} ms`));
      case "until":
        return this.#mayGoOn(operation) ? [step(undefined)] : [];
      case "exit":
        return [this.#move("exits", () => this.die(operation.code, undefined))];
      case "fail":
        return [this.#move(nameOf(operation), () => this.die(1, operation.error))];
      default:
        return [this.#move(nameOf(operation), () => this.#go(this.#perform(operation)))];
    }
  }

  #waiting({ cell, expected, isTimed }: Operation & { kind: "wait" }): Move[] {
    const { sleep } = this;
    if (sleep === undefined) {
      return [
        this.#move(`wait ${cell} ${expected}`, () => {
          this.trace = { kind: "sleeping", cell };
          if (this.memory.int[cell] !== expected) this.#go("not-equal");
          else this.sleep = { cell, expected, isTimed, isWoken: false };
        }),
      ];
    }
    const wake = (how: string): Move =>
      this.#move(how, () => {
        this.sleep = undefined;
        // Whoever notifies does not find it any more.
        this.trace = { kind: "sleeping", cell };
        this.#go(how);
      });
    if (sleep.isWoken) return [wake("ok")];
    // Only who waits for a call has waited long at times: other limits are there for what never happens here.
    const mayTimeOut = isTimed && cell === WORD && this.#observer.waiting !== "parked";
    return mayTimeOut ? [wake("timed-out")] : [];
  }

  #turns(
    { hasImmediate, hasLeftover }: Operation & { kind: "loop" },
    step: (result: unknown, what?: string) => Move,
  ): Move[] {
    const moves: Move[] = [];
    const [message] = this.toWorker;
    if (message !== undefined) {
      moves.push(
        this.#move(`hears ${message.key}`, () => {
          this.toWorker.shift();
          this.trace = NOTHING;
          this.#go(message);
        }),
      );
    }
    if (hasImmediate) moves.push(step(IMMEDIATE, "turns"));
    if (hasLeftover) moves.push(step(LEFTOVER, "meets what was left behind"));
    return moves;
  }

  /** How much time may have passed since the worker's last call. */
  #times(): number[] {
    const { waiting } = this.#observer;
    if (waiting === "parked") return [0];
    return waiting === "dozing" ? [LONG_MS] : [0, LONG_MS];
  }

  #mayGoOn({ what, name }: Operation & { kind: "until" }): boolean {
    if (what === "gate") return this.#observer.isOpen(name);
    return what === "cancelled" && (this.word & 32) !== 0;
  }

  #perform(operation: Operation): unknown {
    const { int } = this.memory;
    switch (operation.kind) {
      case "load":
        this.trace = { kind: "read", cell: operation.cell };
        return int[operation.cell];
      case "store":
        this.trace = { kind: "written", cell: operation.cell };
        return (int[operation.cell] = operation.value);
      case "exchange":
      case "add": {
        this.trace = { kind: "written", cell: operation.cell };
        const before = int[operation.cell]!;
        int[operation.cell] = operation.kind === "add" ? before + operation.value : operation.value;
        return before;
      }
      case "compareExchange":
        return this.#exchange(operation);
      case "read":
        this.trace = isEager(operation) ? { kind: "read", cell: EAGER } : { kind: "unprotected" };
        return this.memory.read(operation.type, operation.at);
      case "write":
        this.trace = isEager(operation)
          ? { kind: "written", cell: EAGER }
          : { kind: "unprotected" };
        return this.memory.write(operation.type, operation.at, operation.value);
      case "post":
        this.trace = { kind: "posted" };
        if (!this.isClosed) this.toMain.push(operation.message);
        return undefined;
      case "receive":
        this.trace = this.toWorker.length === 0 ? { kind: "found no message" } : NOTHING;
        return this.toWorker.shift();
      case "note":
        this.notes += 1;
        return this.#observer.noted(this, operation.what, operation.name);
      default:
        throw new Error(`Cannot perform ${operation.kind}`);
    }
  }

  #exchange({ cell, expected, value }: Operation & { kind: "compareExchange" }): number {
    const { int } = this.memory;
    const found = int[cell]!;
    this.trace = { kind: found === expected ? "written" : "read", cell };
    if (found !== expected) return found;
    int[cell] = value;
    if (cell !== WORD) return found;
    const states = [expected & STATE, value & STATE].join();
    if (states === `${POSTED},${RUNNING}`) this.#observer.took(this);
    if (states === `${RUNNING},${IDLE}`) this.isLate = this.phase === "terminating";
    return found;
  }

  /** Goes on to the next operation that others could notice. */
  #go(result: unknown): void {
    this.place = this.#program.after(this.place, result);
    const { trace } = this;
    while (this.#isPrivate(this.place.operation)) {
      this.place = this.#program.after(this.place, this.#perform(this.place.operation));
    }
    this.trace = trace;
  }

  /** Whether nobody else could be in between: while the call runs, what is in the mailbox is the worker's. */
  #isPrivate({ kind }: Operation): boolean {
    return kind === "note" || ((kind === "read" || kind === "write") && this.state === RUNNING);
  }
}

/** Whether the word says that it is the main thread's turn. */
export function isIdle(word: number): boolean {
  return (word & STATE) === IDLE;
}

/** It is read, and cleared, also by a worker without a call. */
function isEager({ type, at }: { readonly type: Kind; readonly at: number }): boolean {
  return type === "int" && at === EAGER;
}
