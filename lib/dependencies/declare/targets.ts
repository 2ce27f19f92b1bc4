import { got, isWorded } from "../../errors.ts";
import {
  isProvider,
  type Dependencies,
  type NeedsOf,
  type Provider,
  type ProviderRecord,
  type ValueOf,
  type ValuesOf,
} from "./provider.ts";
import { readRecord } from "./read-record.ts";
import { RecordShape } from "./values-record.ts";

/**
 * What can be resolved: a provider, or a record of providers.
 *
 * @public
 */
export type Target = Provider<unknown> | Dependencies;

/**
 * What resolving gives: the value of the provider, or the values of the record by its keys.
 *
 * @public
 */
export type Resolved<T extends Target> = T extends Provider<unknown> ? ValueOf<T> : ValuesOf<T>;

/**
 * The inputs that resolving needs, as a union.
 *
 * @public
 */
export type TargetNeeds<T extends Target> =
  T extends Provider<unknown, infer Needs> ? Needs : T extends Dependencies ? NeedsOf<T> : never;

/** Targets, read. */
export interface Targets {
  readonly labels: readonly string[];
  readonly providers: readonly ProviderRecord[];
  /** Whether the target is a provider and not a record of them. */
  readonly single: boolean;
  readonly shape: RecordShape;
}

export function readTargets(target: unknown): Targets {
  if (isProvider(target)) {
    return targetsOf([target.name || target.kind], [target], true);
  }
  if (typeof target !== "object" || target === null || isWorded(target)) {
    throw new TypeError(
      `Expected \`targets\` to be a provider or a record of providers, got ${got(target)}`,
    );
  }
  const { keys, deps } = readRecord(target, "targets");
  return targetsOf(keys, deps, false);
}

export function targetsOf(
  labels: readonly string[],
  providers: readonly ProviderRecord[],
  single: boolean,
): Targets {
  return { labels, providers, single, shape: new RecordShape(labels) };
}
