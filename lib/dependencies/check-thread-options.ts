import { got } from "../errors.ts";
import { checkDuration } from "../scope/durations.ts";
import { CapacityLimiter } from "../sync/capacity-limiter.ts";
import type { OnCancel } from "../threads/executor.ts";
import { checkPool } from "./check-pool.ts";
import type { ProviderKind, ThreadProviderOptions } from "./provider.ts";

const names = ["onCancel", "graceMs", "limiter", "pool", "onProgress"] as const;
const modes: readonly OnCancel[] = ["kill", "cooperate", "abandon", "shield"];

/** @throws TypeError or RangeError for a wrong value, and for any where the function does not run in a thread */
export function checkThreadOptions(
  maker: string,
  kind: ProviderKind,
  options: ThreadProviderOptions,
): void {
  const { onCancel, graceMs, limiter, pool, onProgress } = options;
  const name = names.find((each) => options[each] !== undefined);
  if (name === undefined) return;
  if (!kind.startsWith("offloaded")) {
    throw new TypeError(
      `Expected no \`${name}\` for ${maker} of a function that runs on the event loop (${kind}): it says how a plain function ` +
        `runs in a worker thread`,
    );
  }
  if (onCancel !== undefined && !modes.includes(onCancel)) {
    const known = modes.map((mode) => `"${mode}"`).join(", ");
    throw new TypeError(
      `Expected \`onCancel\` of ${maker} to be one of ${known}, got ${got(onCancel)}`,
    );
  }
  if (graceMs !== undefined) checkDuration("graceMs", graceMs);
  if (limiter !== undefined && !(limiter instanceof CapacityLimiter)) {
    throw new TypeError(
      `Expected \`limiter\` of ${maker} to be a CapacityLimiter, got ${got(limiter)}`,
    );
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(
      `Expected \`onProgress\` of ${maker} to be a function, got ${got(onProgress)}`,
    );
  }
  checkPool(pool);
}
