import { got } from "../../errors.ts";
import { checkDuration } from "../../scope/durations.ts";
import { checkList, checkString } from "../../scope/option-values.ts";
import { KnownOptions, type OptionChecks } from "../../scope/options.ts";
import { checkLimiter } from "../../tasks/limiter.ts";
import { CALL_OPTIONS } from "../../threads/call-arguments.ts";
import { checkPool } from "./check-pool.ts";
import {
  isProvider,
  type ProviderKind,
  type ProviderOptions,
  type ThreadProviderOptions,
} from "./provider.ts";

const ofEveryProvider = (): OptionChecks<ProviderOptions> => ({
  after: checkProviders,
  timeoutMs: checkDuration,
  teardownTimeoutMs: checkDuration,
  limit: checkLimiter,
  name: checkString,
});

type OfThreads = Omit<ThreadProviderOptions, keyof ProviderOptions>;

function ofThreads(): OptionChecks<OfThreads> {
  const { onCancel, graceMs, limiter, onProgress } = CALL_OPTIONS.checks;
  return { onCancel, graceMs, limiter, onProgress, pool: checkPool };
}

export const PROVIDER_OPTIONS: KnownOptions<ThreadProviderOptions> =
  /* @__PURE__ */ new KnownOptions("A provider", () => ({ ...ofEveryProvider(), ...ofThreads() }));

/** Refuses what says how a function runs in a thread, for one that does not. */
export function refuseThreadOptions(
  maker: string,
  kind: ProviderKind,
  options: ThreadProviderOptions,
): void {
  if (kind.startsWith("offloaded")) return;
  for (const name in ofThreads()) {
    if (options[name as keyof ThreadProviderOptions] === undefined) continue;
    throw new TypeError(
      `Expected no \`${name}\` for ${maker} of a function that runs on the event loop (${kind}): it says how a plain function ` +
        `runs in a worker thread`,
    );
  }
}

function checkProviders(name: string, value: unknown): void {
  checkList(name, value);
  for (const before of value) {
    if (isProvider(before)) continue;
    throw new TypeError(`Expected \`${name}\` to be a list of providers, got ${got(before)} in it`);
  }
}
