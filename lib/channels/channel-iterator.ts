import type { ClosedError } from "../errors.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { QueuedWait } from "../scope/wait-queue.ts";
import { methodScope } from "../scope/wait.ts";
import { type Channel, closed, type Receiver } from "./channel.ts";
import { afterTurn, turnIsDue } from "./event-loop-turns.ts";

/** What an iterator needs of the receiving end that it belongs to. */
interface Source<T> {
  readonly _channel: Channel<T>;
  readonly _open: boolean;
}

/** Takes an item when it is asked for one and not before, so that whoever stops asking loses none. */
export class ChannelIterator<T> implements AsyncIterableIterator<T> {
  readonly #end: Source<T>;
  readonly #scope: ScopeLike | undefined;
  #over = false;

  constructor(end: Source<T>, scope: ScopeLike | undefined) {
    this.#end = end;
    this.#scope = scope;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#over) return Promise.resolve(over());
    const scope = methodScope(this.#scope);
    if (scope !== null && scope.cancelled) return Promise.reject(scope.reason);
    const end = this.#end;
    if (!end._open) return Promise.reject(closed("receiving"));
    const channel = end._channel;
    if (channel.hasItem) {
      const step: IteratorResult<T, undefined> = { value: channel.next(), done: false };
      return turnIsDue() ? afterTurn(step) : inRunOrder(scope, Promise.resolve(step));
    }
    if (channel.sendingEnds === 0) return inRunOrder(scope, Promise.resolve(over()));
    const wait = new StepWait<T>(scope, end, this);
    channel.receivers.push(wait);
    return wait.promise;
  }

  /** Leaving the loop: steps that were asked for and have got no item yet are over. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#over = true;
    const { receivers } = this.#end._channel;
    const steps = receivers.shiftAll((wait) => wait instanceof StepWait && wait.iterator === this);
    for (const step of steps) (step as StepWait<T>).finish();
    return Promise.resolve(over());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

class StepWait<T> extends QueuedWait<IteratorResult<T, undefined>> implements Receiver<T> {
  readonly end: object;
  readonly iterator: object;

  constructor(scope: ParentScope | null, end: object, iterator: object) {
    super(scope);
    this.end = end;
    this.iterator = iterator;
  }

  take(value: T): void {
    this.grant({ value, done: false });
  }

  finish(): void {
    this.grant(over());
  }

  refuse(error: ClosedError): void {
    this.fail(error);
  }
}

function over(): IteratorReturnResult<undefined> {
  return { value: undefined, done: true };
}
