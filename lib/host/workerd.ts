import type {
  ContextClass,
  HostEvents,
  MakeOperations,
  StorageClass,
  StoringChannel,
  Turn,
} from "./contract.ts";
import { TracedOperations } from "./traced-operations.ts";
import {
  AsyncLocalStorage as NoStorage,
  AsyncResource as NoContext,
  channel as ownChannel,
  operations as ownOperations,
  subscribe as hear,
  unsubscribe as hearNoMore,
} from "./web.ts";

// Workers of Cloudflare, and what runs on the same runtime. A timer made in one request is gone with it, and nothing
// that another request waits for may depend on it.

export * from "./web.ts";

export const isolatesRequests: boolean = true;

const { setTimeout, clearTimeout } = globalThis;

export function setImmediate(call: () => void): Turn {
  return setTimeout(call, 0);
}

export function clearImmediate(turn: Turn): void {
  clearTimeout(turn as never);
}

export function afterMicrotasks(call: () => void): void {
  setImmediate(call);
}

/** What of Node is there with the compatibility flag `nodejs_compat`, and nothing of it without. */
function builtIn<T>(name: string): T | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.(name) as T | undefined;
}

interface AsyncHooks {
  readonly AsyncLocalStorage: StorageClass;
  readonly AsyncResource: ContextClass;
}

const hooks = builtIn<AsyncHooks>("node:async_hooks");
export const AsyncLocalStorage: StorageClass = hooks?.AsyncLocalStorage ?? NoStorage;
export const AsyncResource: ContextClass = hooks?.AsyncResource ?? NoContext;

const events = builtIn<HostEvents<StoringChannel>>("node:diagnostics_channel");
export const channel: HostEvents["channel"] = events?.channel ?? ownChannel;
export const subscribe: HostEvents["subscribe"] = events?.subscribe ?? hear;
export const unsubscribe: HostEvents["unsubscribe"] = events?.unsubscribe ?? hearNoMore;

export const operations: MakeOperations =
  events === undefined
    ? ownOperations
    : (name, now) => new TracedOperations(events.channel, AsyncResource, name, now);
