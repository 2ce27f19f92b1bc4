import { got } from "../errors.ts";
import type { Within } from "../scope/cancel-scope.ts";
import { checkDuration } from "../scope/durations.ts";
import { Scope } from "../scope/scope.ts";
import { CapacityLimiter } from "../sync/capacity-limiter.ts";
import type { OnCancel, RunOptions } from "./executor.ts";
import { checkOptionNames, isPlain, type OptionNames } from "./option-names.ts";
import { isScope, refuseScopes } from "./scope-arguments.ts";

/** What can become of a function whose call is cancelled. */
export const MODES: readonly OnCancel[] = ["kill", "cooperate", "abandon", "shield"];

/** The options of a call. */
export const CALL_OPTIONS: OptionNames<RunOptions> = {
  scope: true,
  signal: true,
  timeoutMs: true,
  onCancel: true,
  graceMs: true,
  transfer: true,
  captures: true,
  limiter: true,
  name: true,
  onProgress: true,
};

/** Refuses a call in a thread whose arguments are none of what is expected. */
export function checkCall(fn: unknown, args: unknown, options: RunOptions): void {
  checkFunction(fn);
  if (!Array.isArray(args)) {
    throw new TypeError(`Expected \`args\` to be an array of arguments, got ${got(args)}`);
  }
  refuseScopes(args);
  checkOptions(options);
}

function checkOptions(options: RunOptions): void {
  checkOptionNames("A call in a thread", options, CALL_OPTIONS);
  if (!isPlain(options)) refuseBareScope(options);
  const { scope, signal, limiter, timeoutMs, graceMs, onCancel } = options;
  if (scope !== undefined) checkScope(scope);
  checkSignal(signal);
  checkLimiter(limiter);
  if (timeoutMs !== undefined) checkDuration("timeoutMs", timeoutMs);
  if (graceMs !== undefined) checkDuration("graceMs", graceMs);
  if (onCancel !== undefined && !MODES.includes(onCancel)) {
    const names = MODES.map((mode) => `"${mode}"`).join(", ");
    throw new TypeError(`Expected \`onCancel\` to be one of ${names}, got ${got(onCancel)}`);
  }
}

/** Refuses a scope or a signal in place of the options with it. */
function refuseBareScope(options: object): void {
  const option = isScope(options) ? "scope" : options instanceof AbortSignal ? "signal" : undefined;
  if (option === undefined) return;
  throw new TypeError(
    `Expected \`options\` to be an object, got ${got(options)}: write \`{ ${option} }\``,
  );
}

/** Refuses what cannot be called. */
export function checkFunction(fn: unknown): void {
  if (typeof fn === "function") return;
  throw new TypeError(`Expected \`fn\` to be a function, got ${got(fn)}`);
}

/** Refuses what nothing can wait under. */
export function checkScope(scope: unknown): asserts scope is Within {
  if (scope instanceof Scope) return;
  if (typeof scope === "object" && scope !== null && !(scope instanceof AbortSignal)) {
    return checkSignal((scope as Within).signal);
  }
  const hint = scope instanceof AbortSignal ? ": write `{ signal }`" : "";
  throw new TypeError(
    `Expected \`scope\` to be a scope or an object with a signal, got ${got(scope)}${hint}`,
  );
}

/** Refuses what is no limiter. */
export function checkLimiter(limiter: unknown): void {
  if (limiter === undefined || limiter instanceof CapacityLimiter) return;
  throw new TypeError(`Expected \`limiter\` to be a CapacityLimiter, got ${got(limiter)}`);
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  const hint = signal instanceof Scope ? ": write `{ scope }`" : "";
  throw new TypeError(`Expected \`signal\` to be an AbortSignal, got ${got(signal)}${hint}`);
}
