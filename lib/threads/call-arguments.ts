import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { checkDuration } from "../scope/durations.ts";
import { checkList, checkRecord, checkString, oneOf } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
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

/** Refuses a call in a thread whose arguments are none of what is expected; gives its options. */
export function readCall(fn: unknown, args: unknown, options: RunOptions | undefined): RunOptions {
  checkBody("fn", fn);
  if (!Array.isArray(args)) {
    throw new TypeError(`Expected \`args\` to be an array of arguments, got ${got(args)}`);
  }
  refuseScopes(args);
  return CALL_OPTIONS.read(options);
}

/** Refuses what is no limiter. */
export function checkLimiter(name: string, value: unknown): void {
  if (value instanceof CapacityLimiter) return;
  throw new TypeError(`Expected \`${name}\` to be a CapacityLimiter, got ${got(value)}`);
}
