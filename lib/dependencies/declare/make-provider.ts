import { got } from "../../errors.ts";
import { functionTag } from "../../threads/function-tag.ts";
import { siteAbove } from "./declaration-site.ts";
import type { AnyLifetime } from "./open-lifetime.ts";
import {
  type ProviderFunction,
  type ProviderKind,
  ProviderRecord,
  type ThreadProviderOptions,
} from "./provider.ts";
import { PROVIDER_OPTIONS, refuseThreadOptions } from "./provider-options.ts";
import { readRecord } from "./read-record.ts";

type Kinds = Readonly<Record<string, ProviderKind | undefined>>;

/**
 * Makes a provider of `provide(deps?, fn, options?)` and its like. The function's own tag decides the kind, never its
 * result.
 */
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
  const checked = PROVIDER_OPTIONS.read(options as ThreadProviderOptions | undefined);
  const name = checked.name ?? fn.name;
  const kind = kindOf(maker, kinds, fn);
  refuseThreadOptions(maker, kind, checked);
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
    options: { ...checked, after: [...(checked.after ?? [])] },
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
