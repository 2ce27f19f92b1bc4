import { isScope } from "../scope/is-scope.ts";
import { isPlain } from "../scope/plain.ts";
import { CALL_OPTIONS, MODES } from "./call-arguments.ts";
import type { UncheckedFunction } from "./any-function.ts";
import type { RunOptions } from "./executor.ts";
import { functionBehind } from "./threaded-function.ts";

/**
 * Refuses options as the last argument of a short form, where nothing would read them. An argument is options if it is
 * a plain object, each of its keys is the name of an option of a call, and one of these holds:
 *
 * - its `scope` is a scope, or its `signal` a signal: neither can be data for a thread
 * - it has a number for `timeoutMs` or a mode for `onCancel`, and the function declares no parameter in its place
 *
 * Anything else is data for the function, and so is everything in the `args` of `pool.run(fn, args)`.
 */
export function refuseOptions(fn: UncheckedFunction, args: readonly unknown[]): void {
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null || !hasOnlyOptions(last)) return;
  const isDeclared = functionBehind(fn).length >= args.length;
  if (!cancels(last.scope) && !cancels(last.signal) && (isDeclared || !bounds(last))) return;
  const names = `{ ${Object.keys(last).join(", ")} }`;
  throw new TypeError(
    `Expected nothing but arguments after the function, got options, ${names}. ` +
      `Write pool.run(fn, args, ${names}); a scope comes first: runInThreadpool(scope, fn, ...args)`,
  );
}

/** Refuses options in the place of a scope, which would be no more than their `signal`. */
export function refuseOptionsAsScope(scope: object): void {
  if (!hasOnlyOptions(scope) || !(bounds(scope) || cancels(scope.scope))) return;
  const names = `{ ${Object.keys(scope).join(", ")} }`;
  throw new TypeError(
    `Expected \`scope\` to be a scope or an object with a signal, got options, ${names}. ` +
      `Write pool.run(fn, args, ${names})`,
  );
}

function hasOnlyOptions(value: object): value is RunOptions {
  return isPlain(value) && Object.keys(value).every((name) => CALL_OPTIONS.has(name));
}

function bounds({ timeoutMs, onCancel }: RunOptions): boolean {
  return typeof timeoutMs === "number" || MODES.includes(onCancel!);
}

function cancels(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof AbortSignal || isScope(value);
}
