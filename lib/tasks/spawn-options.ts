import { checkDuration } from "../scope/durations.ts";
import { checkString, oneOf } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { checkScope } from "../scope/scope-options.ts";
import type { SpawnOptions, StartOptions } from "./task-group.ts";

export const SPAWN_OPTIONS: KnownOptions<SpawnOptions> = /* @__PURE__ */ new KnownOptions(
  "A task",
  () => ({
    name: checkString,
    timeoutMs: checkDuration,
    start: oneOf("always"),
  }),
);

export const START_OPTIONS: KnownOptions<StartOptions> = /* @__PURE__ */ new KnownOptions(
  "The start of a task",
  () => ({
    ...SPAWN_OPTIONS.checks,
    scope: checkScope,
  }),
);
