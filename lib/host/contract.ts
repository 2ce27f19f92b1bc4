/** A turn of the event loop that was asked for. */
export type Turn = object | number;

/** A timer that no test makes jump. */
export type RealTimer = object | number;

/** The asynchronous context in which something was made. */
export interface Context {
  runInAsyncScope<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
    thisArg?: This,
    ...args: Args
  ): Result;
}

export type ContextClass = new (
  type: string,
  options?: { readonly requireManualDestroy?: boolean },
) => Context;

/** A value for all that is called, now or later, from within a call of `run`. */
export interface Storage<T> {
  getStore(): T | undefined;
  run<Args extends unknown[], Result>(
    value: T,
    fn: (...args: Args) => Result,
    ...args: Args
  ): Result;
}

export type StorageClass = new <T>() => Storage<T>;

export type Subscriber = (event: unknown) => void;

interface HostChannel {
  readonly hasSubscribers: boolean;
  publish(event: unknown): void;
}

/** A channel of Node. */
export interface StoringChannel extends HostChannel {
  /** Publishes an event, and calls a function with the stores that subscribers have bound to the channel. */
  runStores<R>(event: unknown, fn: () => R): R;
}

/** Where events are published, and heard. */
export interface HostEvents<C extends HostChannel = HostChannel> {
  readonly channel: (name: string) => C;
  readonly subscribe: (name: string, subscriber: Subscriber) => void;
  readonly unsubscribe: (name: string, subscriber: Subscriber) => void;
}

/**
 * What has become of an operation that is traced: nothing of it is there before its end.
 *
 * @public
 */
export interface OperationOutcome {
  /** `"cancelled"`: it ended since it was cancelled, which is no failure. */
  status?: "fulfilled" | "rejected" | "cancelled";
  /** What came of it, if it fulfilled. */
  result?: unknown;
  /** What it failed with, if it did. */
  error?: unknown;
  /** How long it took, in milliseconds, what it waited for its turn included. */
  durationMs?: number;
}

export type OperationStatus = NonNullable<OperationOutcome["status"]>;

/**
 * Operations of one kind as Node's `TracingChannel` of that name has them: `start` and `end` when one is asked for,
 * `error` if it has failed, `asyncStart` and `asyncEnd` when it has settled, all with the same object. Of what began
 * before anybody subscribed nothing is told.
 */
export interface Operations<E extends OperationOutcome> {
  /** Whether anybody wants to hear of those that begin now. */
  readonly hasSubscribers: boolean;
  /** Whether there are any for `within` and `settle`. */
  readonly areOpen: boolean;
  begin(operation: object, event: E): void;
  /** What was told of one that is open. */
  eventOf(operation: object): E | undefined;
  /**
   * Calls a function that is a part of the operation.
   *
   * @param otherwise - its context if it is not traced; without one it is the present one
   */
  within<R>(operation: object, fn: () => R, otherwise?: Context): R;
  /** @param content - the result or the error */
  settle(operation: object, status: OperationStatus, content?: unknown): void;
}

/** @param now - the clock that they are measured by */
export type MakeOperations = <E extends OperationOutcome>(
  name: string,
  now: () => number,
) => Operations<E>;
