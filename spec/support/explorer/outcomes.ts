import type { Thread } from "./thread.ts";
import { DESTROYED, nameOf, type CallRecord, reasonOf } from "./records.ts";

/** Says what is wrong with how a call has ended. */
export function judge(
  { name, plan, takenBy, isCancelled }: CallRecord,
  settled: { readonly value?: unknown; readonly reason?: unknown },
  isDestroyed: boolean,
  threads: readonly Thread[],
): string | undefined {
  if ("reason" in settled) {
    const byNobody = `Call ${name} is cancelled by nobody`;
    if (settled.reason === reasonOf(name)) return isCancelled ? undefined : byNobody;
    if (settled.reason === DESTROYED) return isDestroyed ? undefined : byNobody;
  }
  if (takenBy?.isLate === true) {
    return `Call ${name} ends with what its thread has said while it was being terminated`;
  }
  if (!("reason" in settled)) {
    const value = String(settled.value).replace(/\.+$/, "");
    return value === `${name}!` ? undefined : `Call ${name} resolves with ${value}`;
  }
  const { reason } = settled;
  const what = nameOf(reason);
  if (
    what === "WorkerExitedError" &&
    takenBy?.phase === "dead" &&
    (plan.exits === true || isCrashed(takenBy))
  ) {
    return undefined;
  }
  // A thread that ends before it is known to be up is one that could not be started.
  if (what === "WorkerStartError" && threads.some((thread) => isCrashed(thread))) return undefined;
  if (plan.throws !== undefined && (reason as Error).message === plan.throws) return undefined;
  if (plan.isRefused === true && (reason as Error).message === "could not be cloned")
    return undefined;
  return `Call ${name} is rejected with ${what}: ${String((reason as Error).message)}`;
}

function isCrashed({ ending }: Thread): boolean {
  return ending?.error !== undefined;
}
