/** What the functions of a scenario can do in their thread, besides returning and throwing. */
export interface WorkerApi {
  /** Ends the thread, as `process.exit()` does. */
  exit(code: number): never;
  /** Goes on once the gate has been opened on the main thread. */
  gate(name: string): void;
  /** Blocks until the thread is ended. */
  forever(): never;
  /** Asks whether the call is cancelled. */
  asks(): boolean;
  /** Goes on when the call has been cancelled. */
  untilCancelled(): void;
  progress(value: unknown): void;
  /** Lets the event loop turn. */
  turn<T>(value: T): PromiseLike<T>;
  /** Leaves something behind that fails when the event loop turns. */
  leaves(): void;
  /** Makes a generator that yields so many items. */
  generator(name: string, items: number): unknown;
}

export type WorkerFunction = (api: WorkerApi, ...args: never[]) => unknown;

/** A generator whose state can be seen. */
export class SeenGenerator {
  readonly name: string;
  readonly items: number;
  readonly note: (what: string, name: string) => void;
  at = 0;

  constructor(name: string, items: number, note: (what: string, name: string) => void) {
    this.name = name;
    this.items = items;
    this.note = note;
  }

  get [Symbol.toStringTag](): string {
    return "Generator";
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<string, undefined> {
    if (this.at >= this.items) return this.#end("over");
    this.at += 1;
    return { done: false, value: `${this.name}${this.at}` };
  }

  return(): IteratorResult<string, undefined> {
    return this.#end("returned");
  }

  throw(): IteratorResult<string, undefined> {
    return this.#end("failed");
  }

  #end(how: string): IteratorResult<string, undefined> {
    if (this.at <= this.items) this.note(how, this.name);
    this.at = this.items + 1;
    return { done: true, value: undefined };
  }
}
