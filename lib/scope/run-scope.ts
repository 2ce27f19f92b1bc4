import { ambience } from "./ambience.ts";
import { refuseGenerator } from "./body.ts";
import type { CancelScope, ScopeOptions } from "./cancel-scope.ts";
import { allOf } from "./failures.ts";
import { attachRoot } from "./root-scope.ts";
import { PlainScope, Scope } from "./scope.ts";
import { parentOf } from "./signals.ts";

/**
 * What became of a body that could be cancelled: its value, or the reason why there is none.
 *
 * @public
 */
export type Outcome<T> = { done: true; value: T } | { done: false; reason: unknown };

/** Makes the scope of a call from its options, which have been checked. */
export function scopeFrom(options: ScopeOptions): Scope {
  const parent = parentOf(options.scope, options.signal);
  parent?._checkDeadline();
  const scope = new PlainScope(parent, options.name, options.shield === true);
  if (parent === null) attachRoot(scope);
  scope._bound(options.deadline, options.timeoutMs);
  return scope;
}

type Body<T> = (scope: CancelScope) => T | PromiseLike<T>;

/**
 * Runs a body in its scope and ends the scope. An interruption by the scope's own cancellation is an outcome; a
 * failure, or an interruption from outside, rejects.
 */
export function outcomeOf<T>(scope: Scope, body: Body<T>): Promise<Outcome<T>> {
  try {
    return Promise.resolve(enter(scope, body)).then(
      doneIn.bind(scope) as (value: T) => Outcome<T>,
      undoneIn.bind(scope),
    );
  } catch (error) {
    return settledBy(() => undoneIn.call(scope, error));
  }
}

/** The same, but an interruption by the scope's own cancellation rejects, too. */
export function valueOf<T>(scope: Scope, body: Body<T>): Promise<T> {
  try {
    return Promise.resolve(enter(scope, body)).then(
      leftIn.bind(scope) as (value: T) => T,
      lostIn.bind(scope),
    );
  } catch (error) {
    return settledBy(() => lostIn.call(scope, error));
  }
}

// Bound functions in place of an async function: half the memory, and there may be very many at once.

function doneIn(this: Scope, value: unknown): Outcome<unknown> {
  leave(this);
  return { done: true, value };
}

function undoneIn(this: Scope, error: unknown): Outcome<never> {
  return { done: false, reason: leaveOn(error, this) };
}

function leftIn(this: Scope, value: unknown): unknown {
  leave(this);
  return value;
}

function lostIn(this: Scope, error: unknown): never {
  throw leaveOn(error, this);
}

/** A promise of what a call gives, which may throw. */
export function settledBy<T>(call: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(call());
  });
}

/** A scope that is cancelled on entry does not run its body. */
function enter<T>(scope: Scope, body: Body<T>): T | PromiseLike<T> {
  if (scope._inForce !== null) throw scope._inForce.reason;
  const result = ambience === null ? body(scope) : ambience.run(scope, body);
  refuseGenerator(result, body);
  return result;
}

function leave(scope: Scope): void {
  scope._end();
  if (scope._callbackErrors !== null) throw allOf(scope._callbackErrors);
}

/**
 * Ends a scope whose body threw. Gives the reason if the body was interrupted by the scope's own cancellation. When
 * inner and outer were cancelled together, the outer one wins, unless a shield is between.
 */
function leaveOn(error: unknown, scope: Scope): unknown {
  const cancellation = scope._echoed(error);
  const outside = scope._outside();
  scope._end();
  const callbackErrors = scope._callbackErrors ?? [];
  if (cancellation === null)
    throw callbackErrors.length === 0 ? error : allOf([error, ...callbackErrors]);
  if (callbackErrors.length > 0) throw allOf(callbackErrors);
  if (outside !== null) throw outside.reason;
  // From an enclosing scope that has ended meanwhile.
  if (cancellation.source !== scope) throw cancellation.reason;
  return cancellation.reason;
}
