import type { CancelScope } from "../scope/cancel-scope.ts";
import { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";

/** How long one deferred callback may take. */
const DEFER_MS = 30_000;

/**
 * Runs one deferred callback, shielded and bounded. A callback that takes longer than its bound is the one thing
 * that is not waited for: the promise rejects, and what becomes of the callback later is a process warning.
 */
export async function runDeferred(
  parent: Scope,
  callback: (scope: CancelScope) => unknown,
): Promise<void> {
  const scope = new Scope(parent, `deferred callback of ${parent.name || "a group"}`, true);
  scope._bound(undefined, DEFER_MS);
  const wait = new Wait<void>(scope);
  void run(scope, callback).then(
    () => wait.grant(undefined),
    (error: unknown) => {
      if (!wait.fail(error)) process.emitWarning(error as Error);
    },
  );
  try {
    await wait.promise;
  } finally {
    scope._end();
  }
}

async function run(scope: CancelScope, callback: (scope: CancelScope) => unknown): Promise<void> {
  await callback(scope);
}
