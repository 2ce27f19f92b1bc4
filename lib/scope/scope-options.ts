import type { ScopeOptions, ScopeLike } from "./cancel-scope.ts";
import { checkDeadline, checkDuration } from "./durations.ts";
import { isScope } from "./is-scope.ts";
import { checkBoolean, checkString } from "./option-values.ts";
import { KnownOptions } from "./options.ts";
import { isPlain } from "./plain.ts";
import { refuse } from "./refuse.ts";
import { Scope } from "./scope.ts";

/** The options of a scope, and of everything that opens one. */
export const SCOPE_OPTIONS: KnownOptions<ScopeOptions> = /* @__PURE__ */ new KnownOptions(
  "A scope",
  () => ({
    scope: checkScope,
    signal: checkSignal,
    deadline: checkDeadline,
    timeoutMs: checkDuration,
    shield: checkBoolean,
    name: checkString,
  }),
);

/** Refuses what nothing can wait under: it would cancel nothing, without a word. */
export function checkScope(name: string, value: unknown): asserts value is ScopeLike {
  if (value instanceof Scope) return;
  if (typeof value !== "object" || value === null || !("signal" in value)) {
    refuse(name, "a scope or an object with a signal", value, adviceOn(value));
  }
  // The signal of a scope is made when it is first read.
  if (isScope(value)) return;
  if (isPlain(value)) refuseOptions(name, value);
  const { signal } = value;
  if (signal !== undefined) checkSignal("signal", signal);
}

/** Refuses what is no signal of the platform. */
export function checkSignal(name: string, value: unknown): asserts value is AbortSignal {
  if (value instanceof AbortSignal) return;
  const advice = typeof value === "object" && value !== null ? insteadOfSignal(value) : "";
  refuse(name, "an AbortSignal", value, advice);
}

function insteadOfSignal(value: object): string {
  if (isScope(value)) return ": write `{ scope }`";
  return value instanceof AbortController ? ": write `{ signal: controller.signal }`" : "";
}

/** What to write in place of something without a signal. */
function adviceOn(value: unknown): string {
  if (value instanceof AbortSignal) return ": write `{ signal }`";
  if (!isPlain(value)) return "";
  if ("scope" in (value as object)) return " with a `scope`: give that itself";
  return " without a `signal`: leave it out where there is none, or write `{ signal: undefined }`";
}

/** Refuses options in the place of a scope, of which nothing but the signal would count. */
function refuseOptions(name: string, value: { readonly signal?: unknown }): void {
  const { scope, timeoutMs, deadline }: ScopeOptions = value as ScopeOptions;
  const names = Object.keys(value);
  const isMore =
    typeof scope === "object" || typeof timeoutMs === "number" || typeof deadline === "number";
  if (!isMore || !names.every((each) => SCOPE_OPTIONS.has(each))) return;
  throw new TypeError(
    `Expected \`${name}\` to be a scope or an object with a signal, got options, { ${names.join(", ")} }, of which only ` +
      `the signal would count: open a scope with them, with \`cancelScope\` say, and give that`,
  );
}
