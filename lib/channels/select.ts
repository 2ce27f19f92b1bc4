import type { ParentScope } from "../scope/scope-child.ts";
import type { ScopeLike } from "../scope/cancel-scope.ts";
import { randomBelow } from "../scope/random.ts";
import { checkBoolean } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { checkScope } from "../scope/scope-options.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { methodScope } from "../scope/wait.ts";
import type { SelectClause, Selected, Sendable } from "./select-clause.ts";
import { clausesOf } from "./select-clauses.ts";
import { type Clause, Selection } from "./selection.ts";
import { afterTurn, turnIsDue } from "./event-loop-turns.ts";

/**
 * How `select` waits and chooses.
 *
 * @public
 */
export interface SelectOptions {
  /** The scope to wait under, or anything with a `signal`; none by default. */
  scope?: ScopeLike | undefined;
  /** If several clauses can go ahead at once: the first of them does. By default each is as likely as the others. */
  biased?: boolean | undefined;
}

const SELECT_OPTIONS = /* @__PURE__ */ new KnownOptions<SelectOptions>("`select`", () => ({
  scope: checkScope,
  biased: checkBoolean,
}));

/**
 * Waits for several things and does exactly one of them: the first that can go ahead. Of the others nothing has
 * happened and nobody waits any more: no item was taken, and a `value` to send is still yours.
 *
 * A clause that can only fail goes ahead too, and its error is thrown: that of a task that failed, an
 * {@link EndOfChannelError} of a channel that has ended (`receive.ended` tells which), a {@link BrokenChannelError}.
 *
 * **Cancellation:** rejects with the scope's reason; no clause has gone ahead. The `onUndelivered` of each channel that
 * was to be sent to is told of the value.
 *
 * @param clauses - what to wait for, each under a name of your choice; at least one
 * @param options - the scope to wait under, and whether order decides
 * @returns the name of the clause that went ahead, and its value
 * @throws TypeError or RangeError, synchronously, if a clause is invalid
 *
 * @example
 * ```ts
 * import { openChannel, select } from "skein";
 *
 * const [sendWork, work] = openChannel<string>({ capacity: 1 });
 * const [sendStop, stop] = openChannel<Error>();
 * await sendWork.send("a letter");
 * for (const turn of [1, 2]) {
 *   const chosen = await select({ work, stop, idle: { afterMs: 5 } });
 *   if (chosen.key === "work") console.log(turn, chosen.value.toUpperCase());
 *   if (chosen.key === "idle") console.log(turn, "nothing to do");
 * }
 * // prints: 1 A LETTER
 * // prints: 2 nothing to do
 * ```
 *
 * @public
 */
export function select<const Clauses extends Readonly<Record<string, SelectClause>>>(
  clauses: Clauses & Sendable<Clauses>,
  options?: SelectOptions,
): Promise<Selected<Clauses>> {
  const { scope: named, biased = false } = SELECT_OPTIONS.read(options);
  const list = clausesOf(clauses);
  const scope = methodScope(named);
  if (scope !== null && scope.cancelled) {
    for (const clause of list) clause.depart(scope);
    return Promise.reject(scope.reason);
  }
  const ready = biased ? firstReady(list) : anyReady(list);
  const chosen = ready === null ? new Selection(scope, list).promise : goAhead(ready, scope);
  return chosen as Promise<Selected<Clauses>>;
}

function firstReady(clauses: readonly Clause[]): Clause | null {
  return clauses.find((clause) => clause.ready()) ?? null;
}

function anyReady(clauses: readonly Clause[]): Clause | null {
  const ready = clauses.filter((clause) => clause.ready());
  return ready.length === 0 ? null : ready[randomBelow(ready.length)]!;
}

function goAhead(clause: Clause, scope: ParentScope | null): Promise<unknown> {
  try {
    const chosen = { key: clause.key, value: clause.go() };
    return turnIsDue() ? afterTurn(chosen) : inRunOrder(scope, Promise.resolve(chosen));
  } catch (error) {
    return Promise.reject(error);
  }
}
