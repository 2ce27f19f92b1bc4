import { channel, warn } from "../../host.ts";

const stuck = /* @__PURE__ */ channel("skein:thread:stuck");
const lateErrors = /* @__PURE__ */ channel("skein:thread:late-error");
let hasWarned = false;

/** A cancelled function does not end, because it is in native code that nothing can interrupt. */
export function reportStuck(
  call: { readonly options: { readonly name: string } } | undefined,
): void {
  stuck.publish({ name: call?.options.name ?? "" });
  if (hasWarned) return;
  hasWarned = true;
  warnOf(
    "SKEIN_THREAD_STUCK",
    `The function "${call?.options.name ?? ""}" was cancelled, but its thread cannot be interrupted: it is in native code. ` +
      `The call settles when that returns. Further threads like it are reported on the diagnostics channel "skein:thread:stuck" only`,
  );
}

/** A call left something behind that failed after its end; the thread was replaced. */
export function reportLateError(error: unknown): void {
  lateErrors.publish({ error });
  warnOf(
    "SKEIN_THREAD_LATE_ERROR",
    `An error surfaced in a worker thread after the function that caused it had ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

function warnOf(code: string, message: string): void {
  warn(Object.assign(new Error(message), { name: "SkeinWarning", code }));
}
