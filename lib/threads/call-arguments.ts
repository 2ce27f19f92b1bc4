import { checkBody } from "../scope/body.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkList, checkRecord, checkString, oneOf } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuse } from "../scope/refuse.ts";
import { checkScope, checkSignal } from "../scope/scope-options.ts";
import { CapacityLimiter } from "../sync/capacity-limiter.ts";
import type { OnCancel, RunOptions } from "./executor.ts";
import { refuseScopes } from "./scope-arguments.ts";

/** What can become of a function whose call is cancelled. */
export const MODES: readonly OnCancel[] = ["kill", "cooperate", "abandon", "shield"];

/** The options of a call. */
export const CALL_OPTIONS: KnownOptions<RunOptions> = /* @__PURE__ */ new KnownOptions(
  "A call in a thread",
  () => ({
    scope: checkScope,
    signal: checkSignal,
    timeoutMs: checkDuration,
    onCancel: oneOf(...MODES),
    graceMs: checkDuration,
    transfer: checkList,
    captures: checkRecord,
    callId: checkString,
    limiter: checkLimiter,
    name: checkString,
    onProgress: checkBody,
  }),
);

/**
 * Refuses a call whose arguments are invalid; gives its options.
 *
 * @param known - the options that there are
 */
export function readCall<O extends object>(
  known: KnownOptions<O>,
  fn: unknown,
  args: unknown,
  options: O | undefined,
): O {
  checkBody("fn", fn);
  if (!Array.isArray(args)) refuse("args", "an array of arguments", args);
  refuseScopes(args);
  return known.read(options);
}

/** Refuses what is no limiter. */
export function checkLimiter(name: string, value: unknown): void {
  if (!(value instanceof CapacityLimiter)) refuse(name, "a CapacityLimiter", value);
}
