import type { ScopeLike } from "../scope/cancel-scope.ts";
import type { ReceiveChannel } from "./receive-channel.ts";
import type { SendChannel } from "./send-channel.ts";

/**
 * Something that settles, such as a `Task`.
 *
 * @public
 */
export interface Settling<T> {
  /** Resolves when it has settled, in whatever way. */
  settled(): Promise<void>;
  /** Its value, or throws its error. */
  result(): T;
}

/**
 * Something that happens once, such as an `Event`.
 *
 * @public
 */
export interface Occurring {
  /** Whether it has happened. */
  readonly isSet: boolean;
  /** Resolves when it has happened. */
  wait(scope?: ScopeLike): Promise<void>;
}

/**
 * One of the things that `select` waits for.
 *
 * - a receiving end: receives; the value is the item
 * - `{ send, value }`: sends
 * - a `Task`: waits until it has settled; the value is its result, and its error is thrown
 * - an `Event`: waits until it is set
 * - `{ afterMs }`: milliseconds from the call, 0 or more
 *
 * @public
 */
export type SelectClause =
  // oxlint-disable-next-line typescript/no-explicit-any -- items of any type
  | ReceiveChannel<any>
  | Settling<unknown>
  | Occurring
  // oxlint-disable-next-line typescript/no-explicit-any -- items of any type
  | { readonly send: SendChannel<any>; readonly value: unknown }
  | { readonly afterMs: number };

/**
 * What became of `select`: the name of the clause that went ahead, and its value.
 *
 * @public
 */
export type Selected<Clauses> = {
  [Key in keyof Clauses & string]: { key: Key; value: SelectedValue<Clauses[Key]> };
}[keyof Clauses & string];

/**
 * The value of a clause.
 *
 * @public
 */
export type SelectedValue<Clause> =
  Clause extends ReceiveChannel<infer T> ? T : Clause extends Settling<infer T> ? T : undefined;

/**
 * A record of clauses in which every `{ send, value }` has a value that its channel takes.
 *
 * @public
 */
export type Sendable<Clauses> = {
  [Key in keyof Clauses]: Clauses[Key] extends { readonly send: SendChannel<infer T> }
    ? { readonly send: SendChannel<T>; readonly value: T }
    : Clauses[Key];
};
