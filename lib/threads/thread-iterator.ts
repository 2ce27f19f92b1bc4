import type { StepReply } from "./pool/protocol.ts";

/** So many items are asked for at once, while no more than as many wait to be consumed. */
const STEP_ITEMS = 16;

/** Gets an item when it arrives. */
export type ItemSink = (item: unknown) => void;

/** An iteration that goes on in a thread. */
interface RemoteIteration {
  /** Makes a step of so many items; they arrive before its reply. */
  next(count: number, sink: ItemSink): Promise<StepReply>;
  /** Lets the generator finish, unless it has or its thread has ended. */
  stop(): Promise<unknown>;
  /** Why it is ended, if it is not its consumer who does so. */
  readonly cancelled: { readonly reason: unknown } | undefined;
}

/** An iteration that has begun. */
export interface Opened {
  readonly iteration: RemoteIteration;
  /** Its first step. */
  readonly first: Promise<StepReply>;
  /** What it threw, made again in this thread. */
  failure(encoded: unknown): unknown;
}

export type OpenIteration = (count: number, sink: ItemSink) => Opened;

/**
 * What has arrived of an iteration and was not consumed. It knows nothing of the iterator, so that one which nobody has
 * any more is collected while a step is being made.
 */
class Inbox {
  readonly #items: unknown[] = [];
  #at = 0;
  #opened: Opened | undefined;
  #hasOpened = false;
  #isStepping = false;
  /** How it came to its end, after the items. */
  #end: { readonly error: unknown; readonly hasFailed: boolean } | undefined;
  #wake: (() => void) | undefined;

  readonly #receive: ItemSink = (item) => {
    this.#items.push(item);
    this.#wake?.();
  };

  get iteration(): RemoteIteration | undefined {
    return this.#opened?.iteration;
  }

  get hasItem(): boolean {
    return this.#at < this.#items.length;
  }

  get end(): { readonly error: unknown; readonly hasFailed: boolean } | undefined {
    return this.#end;
  }

  take(): unknown {
    const item = this.#items[this.#at];
    this.#items[this.#at++] = undefined;
    if (this.#at === this.#items.length) {
      this.#items.length = 0;
      this.#at = 0;
    }
    this.#proceed();
    return item;
  }

  clear(): void {
    this.#items.length = 0;
    this.#at = 0;
  }

  /** Resolves when an item has arrived, or the end. */
  async wait(open: OpenIteration): Promise<void> {
    const changed = new Promise<void>((resolve) => (this.#wake = resolve));
    if (!this.#hasOpened) this.#open(open);
    else this.#proceed();
    await changed;
    this.#wake = undefined;
  }

  /** Ends the generator, and whoever waits. */
  async stop(): Promise<void> {
    try {
      await this.iteration?.stop();
    } finally {
      this.#wake?.();
    }
  }

  #open(open: OpenIteration): void {
    this.#isStepping = true;
    this.#hasOpened = true;
    try {
      this.#opened = open(STEP_ITEMS, this.#receive);
      this.#follow(this.#opened.first);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Has the next step made while the items of the last ones are consumed. */
  #proceed(): void {
    if (this.#isStepping || this.#end !== undefined) return;
    if (this.#items.length - this.#at > STEP_ITEMS) return;
    this.#isStepping = true;
    this.#follow(this.iteration!.next(STEP_ITEMS, this.#receive));
  }

  #follow(step: Promise<StepReply>): void {
    step.then(
      ({ done, thrown }) => {
        this.#isStepping = false;
        if (!done) return this.#proceed();
        if (thrown === undefined) this.#end ??= { error: undefined, hasFailed: false };
        else this.#fail(this.#opened!.failure(thrown));
        this.#wake?.();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#isStepping = false;
    this.#end ??= { error, hasFailed: true };
    this.#wake?.();
  }
}

/**
 * Iterations whose iterator nobody has any more, and that nobody will end: their generators would keep threads for
 * good.
 */
const dropped = new FinalizationRegistry<Inbox>((inbox) => void inbox.stop().catch(() => {}));

/** The consumer's side of a generator that runs in a thread. Nothing happens before the first `next()`. */
export class ThreadIterator<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #open: OpenIteration;
  readonly #inbox = new Inbox();
  #isOver = false;
  #leaving: Promise<void> | undefined;
  /** Calls of `next()` wait for each other. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param open - begins the iteration: runs the function, and wants so many items at first */
  constructor(open: OpenIteration) {
    this.#open = open;
    dropped.register(this, this.#inbox);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Ends the iteration: what `next()` still waits for is not delivered, and the generator's cleanup is awaited. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isOver) this.#leave();
    await this.#leaving;
    return DONE;
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    const inbox = this.#inbox;
    for (;;) {
      if (this.#isOver) {
        await this.#leaving?.catch(() => {});
        return DONE;
      }
      const { end, iteration } = inbox;
      if (iteration?.cancelled !== undefined && end?.hasFailed !== false) {
        this.#leave();
        await this.#leaving!.catch(() => {});
        throw iteration.cancelled.reason;
      }
      if (inbox.hasItem) return { done: false, value: inbox.take() as T };
      if (end !== undefined) {
        this.#isOver = true;
        if (end.hasFailed) throw end.error;
        return DONE;
      }
      await inbox.wait(this.#open);
    }
  }

  #leave(): void {
    this.#isOver = true;
    this.#inbox.clear();
    this.#leaving = this.#inbox.stop();
    // Whoever waits for it hears of a failure.
    this.#leaving.catch(() => {});
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
