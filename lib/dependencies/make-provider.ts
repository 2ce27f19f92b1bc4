import { got } from "../errors.ts";
import { checkDuration } from "../scope/durations.ts";
import { functionTag } from "../threads/function-tag.ts";
import { checkThreadOptions } from "./check-thread-options.ts";
import { siteAbove } from "./declaration-site.ts";
import type { AnyLifetime } from "./open-lifetime.ts";
import {
  isProvider,
  type ProviderFunction,
  type ProviderKind,
  ProviderRecord,
  type ThreadProviderOptions,
} from "./provider.ts";
import { readRecord } from "./read-record.ts";

type Kinds = Readonly<Record<string, ProviderKind | undefined>>;

/** Makes a provider of `provide(deps?, fn, options?)` and its like. The function's own tag decides the kind, never its result. */
export function makeProvider(
  maker: string,
  kinds: Kinds,
  lifetime: AnyLifetime | undefined,
  given: readonly unknown[],
): ProviderRecord {
  const [record, fn, options] = typeof given[0] === "function" ? [{}, given[0], given[1]] : given;
  if (typeof fn !== "function") {
    throw new TypeError(`Expected \`fn\` of ${maker} to be a function, got ${got(fn)}`);
  }
  const checked = checkOptions(maker, options);
  const name = checked.name ?? fn.name;
  const kind = kindOf(maker, kinds, fn);
  checkThreadOptions(maker, kind, checked);
  if (typeof record !== "object" || record === null) {
    throw new TypeError(
      `Expected \`deps\` of ${maker} to be a record of providers, got ${got(record)}`,
    );
  }
  const where = name === "" ? `the dependencies of a provider` : `the dependencies of \`${name}\``;
  const { keys, deps } = readRecord(record, where);
  return new ProviderRecord({
    kind,
    name,
    fn: fn as ProviderFunction,
    keys,
    deps,
    options: checked,
    lifetime,
    site: siteAbove(makeProvider),
  });
}

function kindOf(maker: string, kinds: Kinds, fn: Function): ProviderKind {
  const tag = functionTag(fn);
  const kind = kinds[tag];
  if (kind === undefined) {
    throw new TypeError(
      `Expected \`fn\` of ${maker} to be another kind of function, got ${got(fn)} (${tag}): say provide`,
    );
  }
  if (tag === "Function" && /^class\b/.test(Function.prototype.toString.call(fn))) {
    throw new TypeError(
      `Expected \`fn\` of ${maker} to be a function, got the class \`${fn.name}\`: write inline(deps, (deps) => new ${fn.name}(deps))`,
    );
  }
  if (kind.startsWith("offloaded") && fn.length > 1) {
    throw new TypeError(
      `Expected \`fn\` of ${maker} to take its dependencies only, since it runs in a worker thread, where there is no context: ` +
        `make it async, say inline, or ask checkCancelled() of skein/worker there`,
    );
  }
  return kind;
}

function checkOptions(maker: string, options: unknown): ThreadProviderOptions {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Expected \`options\` of ${maker} to be an object, got ${got(options)}`);
  }
  const { after, timeoutMs, teardownTimeoutMs, limit, name } = options as ThreadProviderOptions;
  for (const before of after ?? []) {
    if (isProvider(before)) continue;
    throw new TypeError(
      `Expected \`after\` of ${maker} to be a list of providers, got ${got(before)} in it`,
    );
  }
  checkTime("timeoutMs", timeoutMs);
  checkTime("teardownTimeoutMs", teardownTimeoutMs);
  if (
    limit !== undefined &&
    typeof (limit as { acquire?: unknown } | null)?.acquire !== "function"
  ) {
    throw new TypeError(
      `Expected \`limit\` of ${maker} to be a CapacityLimiter, got ${got(limit)}`,
    );
  }
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`Expected \`name\` of ${maker} to be a string, got ${got(name)}`);
  }
  return { ...options, after: [...(after ?? [])] };
}

function checkTime(name: string, ms: unknown): void {
  if (ms !== undefined) checkDuration(name, ms);
}
