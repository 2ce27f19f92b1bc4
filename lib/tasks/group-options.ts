import { checkDuration } from "../scope/durations.ts";
import { oneOf } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { SCOPE_OPTIONS } from "../scope/scope-options.ts";
import { checkConcurrency } from "./admission.ts";
import { checkPolicy } from "./policy.ts";
import type { TaskGroupOptions } from "./task-group.ts";

export const GROUP_OPTIONS: KnownOptions<TaskGroupOptions> = /* @__PURE__ */ new KnownOptions(
  "A task group",
  () => ({
    ...SCOPE_OPTIONS.checks,
    concurrency: checkConcurrency,
    policy: checkPolicy,
    errors: oneOf("first", "aggregate"),
    stragglerMs: checkDuration,
  }),
);

/** Those of the combinators, each of which is a policy. */
export const COMBINATOR_OPTIONS: KnownOptions<Omit<TaskGroupOptions, "policy">> =
  /* @__PURE__ */ new KnownOptions("A combinator", () => {
    const { policy: _, ...checks } = GROUP_OPTIONS.checks;
    return checks;
  });
