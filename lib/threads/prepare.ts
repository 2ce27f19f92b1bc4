import { AsyncResource } from "node:async_hooks";
import { NotTransferableError } from "../errors.ts";
import type { Trunk } from "../scope/branch.ts";
import { Scope } from "../scope/scope.ts";
import { parentWithin } from "../scope/signals.ts";
import { waitScope } from "../scope/wait.ts";
import type { CallOptions, Links, Work } from "./call.ts";
import { type AnyFunction, callbackBehind } from "./callback.ts";
import { shipFunction } from "./closure/ship.ts";
import { transferListOf } from "./codec/transfer.ts";
import { encodeValue } from "./codec/values.ts";
import type { RunOptions } from "./executor.ts";
import { programOf } from "./program.ts";
import type { CallbackMark } from "./protocol.ts";

/** What a call is made of, once its function and its arguments have been found fit to travel. */
export interface Prepared {
  readonly work: Work;
  readonly options: CallOptions;
}

/**
 * @param batch - above 0: the function's result is iterated, so many items at first
 * @throws ShipError for the function, NotTransferableError for an argument, or the reason of a cancelled scope
 */
export function prepare(
  fn: AnyFunction,
  args: readonly unknown[],
  options: RunOptions,
  batch: number,
): Prepared {
  const name = options.name ?? fn.name;
  const needsOwn = options.timeoutMs !== undefined || options.onCancel === "shield";
  const ownScope = needsOwn ? scopeOf(options, name) : null;
  const scope = ownScope ?? givenScope(options);
  try {
    scope?.throwIfCancelled();
    const callbacks: AnyFunction[] = [];
    const work = workOf(fn, args, options, callbacks, batch);
    const links = linksOf(callbacks, options.onProgress);
    const { limiter, onCancel = "kill", graceMs } = options;
    const site = callSite(work);
    return { work, options: { scope, ownScope, limiter, onCancel, graceMs, links, name, site } };
  } catch (error) {
    ownScope?._end();
    throw error;
  }
}

function givenScope({ scope, signal }: RunOptions): Trunk | null {
  return signal === undefined ? waitScope(scope) : parentWithin(scope, signal);
}

function scopeOf(options: RunOptions, name: string): Scope {
  const scope = new Scope(parentWithin(options.scope, options.signal), `call of ${name}`, false);
  scope._bound(undefined, options.timeoutMs);
  return scope;
}

function workOf(
  fn: AnyFunction,
  args: readonly unknown[],
  { transfer: given, captures }: RunOptions,
  callbacks: AnyFunction[],
  batch: number,
): Work {
  const transfer: unknown[] = given === undefined ? [] : [...given];
  const encoded = args.every(isLight) ? args : encodeArguments(args, callbacks, transfer);
  let shipment = shipFunction(fn, captures === undefined ? {} : { captures });
  if (programOf(shipment.code).isUnloadable) shipment = shipFunction(fn, { asSource: true });
  if (shipment.transfer !== undefined) transfer.push(...shipment.transfer);
  return {
    kind: "call",
    fn,
    program: programOf(shipment.code),
    values: shipment.values,
    args: encoded,
    transfer: transfer.length === 0 ? undefined : transfer,
    batch,
  };
}

/** The same call with its function sent as source, for a declaration whose module a worker cannot import. */
export function asSource<W extends Work>(work: W & { readonly kind: "call" }): Work {
  const { code, values } = shipFunction(work.fn, { asSource: true });
  return { ...work, program: programOf(code), values };
}

/** Memory that has moved already would arrive empty, without a word. */
function refuseMoved(item: unknown, index: number): void {
  if (!(item instanceof ArrayBuffer) || item.byteLength > 0) return;
  try {
    new Uint8Array(item);
  } catch (cause) {
    const path = ["transfer", String(index)];
    const message = `\`transfer[${index}]\` has moved to another thread already. Move it once, or share it as a SharedArrayBuffer`;
    throw new NotTransferableError(message, path, { cause });
  }
}

/** Whether a value needs no look to be cloned. */
export function isLight(value: unknown): boolean {
  return value === null || !["object", "function", "symbol"].includes(typeof value);
}

function encodeArguments(
  args: readonly unknown[],
  callbacks: AnyFunction[],
  transfer: unknown[],
): unknown {
  for (const arg of args) transfer.push(...(transferListOf(arg) ?? []));
  transfer.forEach(refuseMoved);
  const onSpecial = (value: object): CallbackMark | undefined => {
    const fn = callbackBehind(value);
    return fn === undefined ? undefined : { callback: callbacks.push(fn) - 1 };
  };
  return encodeValue(args, "args", { onSpecial, transfer: transfer as never });
}

function linksOf(
  callbacks: readonly AnyFunction[],
  onProgress: RunOptions["onProgress"],
): Links | undefined {
  if (callbacks.length === 0 && onProgress === undefined) return undefined;
  const context = new AsyncResource("skein.threadpool", { requireManualDestroy: true });
  return { callbacks, onProgress, context };
}

/**
 * Remembers where a call was made. The text of the stack is made when somebody reads it; even so this costs as much as
 * a fifth of a tiny call, so functions that are tiny and have never thrown go without.
 */
function callSite(work: Work): { readonly stack?: string } | undefined {
  if (work.kind === "call" && work.program.isTiny && !work.program.hasThrown) return undefined;
  const site: { readonly stack?: string } = {};
  Error.captureStackTrace(site, prepare);
  return site;
}
