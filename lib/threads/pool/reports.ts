import { channel } from "node:diagnostics_channel";

const stuck = channel("skein:thread:stuck");
const lateErrors = channel("skein:thread:late-error");
let hasWarned = false;

/** A cancelled function does not end, because it is in native code that nothing can interrupt. */
export function reportStuck(
  call: { readonly options: { readonly name: string } } | undefined,
): void {
  stuck.publish({ name: call?.options.name ?? "" });
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    `The function "${call?.options.name ?? ""}" was cancelled, but its thread cannot be interrupted: it is in native code. ` +
      `The call settles when that returns. Further threads like it are reported on the diagnostics channel "skein:thread:stuck" only`,
    { type: "SkeinWarning", code: "SKEIN_THREAD_STUCK" },
  );
}

/** A call left something behind that failed after its end; the thread was replaced. */
export function reportLateError(error: unknown): void {
  lateErrors.publish({ error });
  process.emitWarning(
    `An error surfaced in a worker thread after the function that caused it had ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    { type: "SkeinWarning", code: "SKEIN_THREAD_LATE_ERROR" },
  );
}
