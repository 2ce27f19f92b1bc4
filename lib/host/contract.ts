/** A turn of the event loop that was asked for. */
export type Turn = object | number;

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

/** What a program has that is a process of its own. */
export interface HostProcess {
  readonly process: NodeJS.Process;
  readonly signalNumbers: Readonly<Record<NodeJS.Signals, number>>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
}

/** Where events are published, and heard. */
export interface HostEvents {
  readonly channel: (name: string) => {
    readonly hasSubscribers: boolean;
    publish(event: unknown): void;
  };
  readonly subscribe: (name: string, subscriber: Subscriber) => void;
  readonly unsubscribe: (name: string, subscriber: Subscriber) => void;
}
