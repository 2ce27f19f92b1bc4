import { got } from "../errors.ts";
import { AsyncResource, warn } from "../host.ts";
import { ambience } from "../scope/ambience.ts";
import { refuseGenerator } from "../scope/body.ts";
import type { CancelScope } from "../scope/cancel-scope.ts";
import { outcomeOf } from "../scope/run-scope.ts";
import { PlainScope, Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";

/** How long one deferred callback may take. */
const DEFER_MS = 30_000;

type Callback = (scope: CancelScope) => unknown;

/**
 * A callback that will run in the `AsyncLocalStorage` context of this call, but with its own scope as the current one.
 */
export function deferred(fn: Callback): Callback {
  const context = new AsyncResource("skein.defer", { requireManualDestroy: true });
  const call: Callback = (scope) => (ambience === null ? fn(scope) : ambience.run(scope, fn));
  return (scope) => {
    const result = context.runInAsyncScope(call, undefined, scope);
    refuseGenerator(result, fn);
    return result;
  };
}

/**
 * Runs one deferred callback, shielded and bounded. A callback that takes longer than its bound is the one thing
 * that is not waited for: the promise rejects, and if it fails later that is a process warning. The callback has a
 * scope inside of the bound, so that cancelling that one does not end the wait for it.
 */
export async function runDeferred(parent: Scope, callback: Callback): Promise<void> {
  const name = `deferred callback of ${parent.name || "a group"}`;
  const bound = new PlainScope(parent, name, true);
  bound._bound(undefined, DEFER_MS);
  const wait = new Wait<void>(bound);
  void outcomeOf(new PlainScope(bound, name, false), callback).then(
    () => wait.grant(undefined),
    (error: unknown) => {
      if (!wait.fail(error) && error !== bound.reason) warn(lateFailure(name, error));
    },
  );
  try {
    await wait.promise;
  } finally {
    bound._end();
  }
}

function lateFailure(name: string, error: unknown): string | Error {
  return error instanceof Error ? error : `The ${name} failed after its time with ${got(error)}`;
}
