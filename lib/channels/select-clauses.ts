import {
  type BrokenChannelError,
  type ClosedError,
  type EndOfChannelError,
  got,
} from "../errors.ts";
import type { ParentScope } from "../scope/scope-child.ts";
import { checkDuration } from "../scope/durations.ts";
import { PlainScope, Scope } from "../scope/scope.ts";
import { now, schedule, type Timer, unschedule } from "../scope/timers.ts";
import type { Queued } from "../scope/wait-queue.ts";
import { closed, endOfChannel, type Receiver, type Sender } from "./channel.ts";
import { ReceiveEnd } from "./receive-channel.ts";
import type { Occurring, Settling } from "./select-clause.ts";
import type { Clause, Selection } from "./selection.ts";
import { disposeFor, SendEnd } from "./send-channel.ts";
import { hasSettled, settlementOf, type SettlementWait } from "./settlement.ts";

/** Reads a record of clauses. Throws if one is invalid. */
export function clausesOf(record: Readonly<Record<string, unknown>>): Clause[] {
  if (typeof record !== "object" || record === null) {
    throw new TypeError(`Expected \`clauses\` to be a record of clauses, got ${got(record)}`);
  }
  const clauses = Object.entries(record).map(([key, value]) => clauseOf(key, value));
  if (clauses.length === 0) {
    throw new TypeError(
      "Expected `clauses` to have at least one clause: with none, `select` would wait forever",
    );
  }
  return clauses;
}

function clauseOf(key: string, clause: unknown): Clause {
  if (clause instanceof ReceiveEnd) return new ReceiveClause(key, clause);
  if (typeof clause === "object" && clause !== null) {
    if ("send" in clause && clause.send instanceof SendEnd && "value" in clause) {
      refuseOthers(key, clause, ["send", "value"]);
      return new SendClause(key, clause.send, clause.value);
    }
    if ("afterMs" in clause) {
      refuseOthers(key, clause, ["afterMs"]);
      checkDuration(`${key}.afterMs`, clause.afterMs);
      return new AfterClause(key, clause.afterMs);
    }
    if ("settled" in clause && typeof clause.settled === "function") {
      return new SettledClause(key, clause as Settling<unknown>);
    }
    if ("isSet" in clause && "wait" in clause && typeof clause.wait === "function") {
      return new EventClause(key, clause as Occurring);
    }
  }
  throw new TypeError(
    `Expected the clause \`${key}\` to be a receiving end, a task, an event, \`{ send, value }\` or \`{ afterMs }\`, got ${got(clause)}`,
  );
}

/** Refuses what nobody would read. */
function refuseOthers(key: string, clause: object, names: readonly string[]): void {
  for (const name in clause) {
    if (names.includes(name) || !Object.hasOwn(clause, name)) continue;
    throw new TypeError(
      `Expected the clause \`${key}\` to have nothing but \`${names.join("` and `")}\`, got \`${name}\` as well`,
    );
  }
}

abstract class Waiting implements Queued {
  readonly key: string;
  selection: Selection | null = null;
  _queue: { remove(wait: Queued): void } | null = null;
  _ahead: Queued | null = null;
  _behind: Queued | null = null;

  constructor(key: string) {
    this.key = key;
  }

  leave(): void {
    this._queue?.remove(this);
  }

  depart(_cancelledIn: ParentScope | null): void {}
}

class ReceiveClause<T> extends Waiting implements Clause, Receiver<T> {
  readonly end: ReceiveEnd<T>;

  constructor(key: string, end: ReceiveEnd<T>) {
    super(key);
    this.end = end;
  }

  ready(): boolean {
    const { _open, _channel } = this.end;
    return !_open || _channel.hasItem || _channel.sendingEnds === 0;
  }

  go(): T {
    const { _open, _channel } = this.end;
    if (!_open) throw closed("receiving");
    if (!_channel.hasItem) throw endOfChannel();
    return _channel.next();
  }

  enter(selection: Selection): void {
    this.selection = selection;
    this.end._channel.receivers.push(this);
  }

  take(value: T): void {
    this.selection!.win(this.key, value);
  }

  finish(error: EndOfChannelError): void {
    this.selection!.lose(error);
  }

  refuse(error: ClosedError): void {
    this.selection!.lose(error);
  }
}

class SendClause<T> extends Waiting implements Clause, Sender<T> {
  readonly end: SendEnd<T>;
  readonly value: T;

  constructor(key: string, end: SendEnd<T>, value: T) {
    super(key);
    this.end = end;
    this.value = value;
  }

  ready(): boolean {
    return this.end._channel.hasRoom || this.end._obstacle() !== null;
  }

  go(): void {
    const obstacle = this.end._obstacle();
    if (obstacle !== null) throw obstacle;
    this.end._channel.offer(this.value);
  }

  enter(selection: Selection): void {
    this.selection = selection;
    this.end._channel.senders.push(this);
  }

  taken(): void {
    this.selection!.win(this.key, undefined);
  }

  refuse(error: ClosedError | BrokenChannelError): boolean {
    this.selection!.lose(error);
    return false;
  }

  override depart(cancelledIn: ParentScope | null): void {
    if (cancelledIn !== null) disposeFor(cancelledIn, this.end._channel, this.value);
  }
}

class SettledClause<T> extends Waiting implements Clause, SettlementWait {
  readonly #source: Settling<T>;

  constructor(key: string, source: Settling<T>) {
    super(key);
    this.#source = source;
  }

  ready(): boolean {
    return hasSettled(this.#source);
  }

  go(): T {
    return this.#source.result();
  }

  enter(selection: Selection): void {
    this.selection = selection;
    settlementOf(this.#source).waiting.push(this);
  }

  settle(): void {
    this.selection!.goAhead(this);
  }
}

class EventClause implements Clause {
  readonly key: string;
  readonly #event: Occurring;
  #scope: Scope | null = null;

  constructor(key: string, event: Occurring) {
    this.key = key;
    this.#event = event;
  }

  ready(): boolean {
    return this.#event.isSet;
  }

  go(): void {}

  enter(selection: Selection): void {
    this.#scope = new PlainScope(null, undefined, false);
    this.#event.wait(this.#scope).then(
      () => selection.goAhead(this),
      (error: unknown) => selection.lose(error),
    );
  }

  leave(): void {}

  depart(): void {
    this.#scope?.cancel("another clause has gone ahead");
  }
}

class AfterClause implements Clause, Timer {
  readonly key: string;
  readonly #ms: number;
  at = Infinity;
  _order = 0;
  _place = -1;
  #selection: Selection | null = null;

  constructor(key: string, ms: number) {
    this.key = key;
    this.#ms = ms;
  }

  ready(): boolean {
    return this.#ms === 0;
  }

  go(): void {}

  enter(selection: Selection): void {
    this.#selection = selection;
    this.at = now() + this.#ms;
    schedule(this);
  }

  leave(): void {
    unschedule(this);
  }

  depart(): void {}

  get _slips(): boolean {
    return true;
  }

  _expire(): void {
    this.#selection!.goAhead(this);
  }
}
