import { AsyncResource } from "node:async_hooks";
import type { NotTransferableError } from "../../errors.ts";
import type { Arguments, FunctionWork, Links, PreparedOptions, Work } from "./work.ts";
import { scopesOf } from "../call-scopes.ts";
import type { UncheckedFunction } from "../any-function.ts";
import { callbackBehind } from "../callback.ts";
import { beginAbove } from "../closure/stack-places.ts";
import type { Together } from "../closure/captured-values.ts";
import { type Shipment, shipFunction } from "../closure/ship.ts";
import { movableWith } from "../codec/movable.ts";
import { Cells, pack } from "../codec/packed.ts";
import { explainCloneFailure } from "../codec/refusal.ts";
import type { EncodeHooks } from "../codec/findings.ts";
import { isLight } from "../codec/kinds.ts";
import { copyButMoved } from "../codec/copy-but-moved.ts";
import { encodeValue, isHolder, valueWithin } from "../codec/values.ts";
import type { RunOptions } from "../executor.ts";
import { programOf } from "./program.ts";
import { type CallbackMark, HOLD, ROOM } from "./protocol.ts";

beginAbove(prepare);

/** What a call is made of, once its function and its arguments have been found fit to travel. */
export interface Prepared {
  readonly work: FunctionWork;
  readonly options: PreparedOptions;
}

/**
 * @param step - of a session that the function begins: how many items are wanted at first, or `HOLD`
 * @throws ShipError for the function, NotTransferableError for an argument, or the reason of a cancelled scope
 */
export function prepare(
  fn: UncheckedFunction,
  args: readonly unknown[],
  options: RunOptions,
  step?: number,
): Prepared {
  const name = options.name ?? fn.name;
  const { scope, ownScope } = scopesOf(options, name);
  try {
    scope?.throwIfCancelled();
    const callbacks: UncheckedFunction[] = [];
    const work = workOf(fn, args, options, callbacks, step);
    const links = linksOf(callbacks, options.onProgress);
    const { limiter, graceMs } = options;
    const onCancel = options.onCancel ?? (step === HOLD ? "finish-setup" : "kill");
    const site = callSite(work);
    return { work, options: { scope, ownScope, limiter, onCancel, graceMs, links, name, site } };
  } catch (error) {
    ownScope?._end();
    throw error;
  }
}

function workOf(
  fn: UncheckedFunction,
  args: readonly unknown[],
  { transfer: given, captures, callId }: RunOptions,
  callbacks: UncheckedFunction[],
  step: number | undefined,
): FunctionWork {
  const transfer = movableWith(args, given);
  let travelling = argumentsOf(args, callbacks, transfer);
  let shipment = shipFunction(fn, captures === undefined ? {} : { captures });
  if (programOf(shipment.code).isUnloadable) shipment = shipFunction(fn, { asSource: true });
  if (shipment.transfer !== undefined) transfer.push(...shipment.transfer);
  let { values } = shipment;
  // In one message with them, what is captured as well stays one object, and in one piece also if it is sent as a copy.
  if (travelling.form !== "light" && values !== undefined) {
    const value =
      travelling.form === "packed" ? encodeArguments(args, callbacks, transfer) : travelling.value;
    const isAsItIs = !isHolder(value) && !isHolder(values);
    const both = isAsItIs ? undefined : encodeTogether(shipment, args, callbacks, transfer);
    travelling =
      both === undefined ? { form: "encoded", value } : { form: "together", value: both };
    if (both !== undefined) values = undefined;
  }
  return {
    kind: step === undefined ? "run" : "begin",
    fn,
    program: programOf(shipment.code),
    values,
    args: travelling,
    transfer: transfer.length === 0 ? undefined : transfer,
    callId,
    step: step ?? 0,
  };
}

const scratch = new Cells(new ArrayBuffer(ROOM * 8), 0, ROOM);

/** Arguments in the form in which they travel: a copy, as they are now. */
function argumentsOf(
  args: readonly unknown[],
  callbacks: UncheckedFunction[],
  transfer: unknown[],
): Arguments {
  if (args.every(isLight)) return { form: "light", values: args.slice() };
  if (transfer.length === 0) {
    const cells = pack(args, scratch);
    if (cells >= 0) {
      return { form: "packed", count: args.length, cells: scratch.doubles.slice(0, cells) };
    }
  }
  return { form: "encoded", value: encodeArguments(args, callbacks, transfer) };
}

/** The same call with its function sent as source, for a declaration whose module a worker cannot import. */
export function asSource(work: FunctionWork): FunctionWork {
  const { code, values } = shipFunction(work.fn, { asSource: true });
  return { ...work, program: programOf(code), values };
}

/**
 * The same with a copy of what would be copied when it is sent: for a call that has to wait, and whose caller may go on
 * to change what it has given. What moves stays where it is until then.
 */
export function copied(work: FunctionWork): FunctionWork {
  const { args, values, transfer } = work;
  const isPosted = args.form === "encoded" || args.form === "together";
  if (!isPosted && values === undefined) return work;
  const sent = { value: isPosted ? args.value : undefined, values };
  try {
    const copy = copyButMoved(sent, transfer ?? []);
    return {
      ...work,
      args: isPosted ? { ...args, value: copy.value } : args,
      values: copy.values,
    };
  } catch {
    // It is refused when it is sent.
    return work;
  }
}

function encodeArguments(
  args: readonly unknown[],
  callbacks: UncheckedFunction[],
  transfer: unknown[],
): unknown {
  return encodeValue(args, "args", hooksOf(callbacks, transfer));
}

function encodeTogether(
  { encodeWith }: Shipment,
  args: readonly unknown[],
  callbacks: UncheckedFunction[],
  transfer: unknown[],
): unknown {
  // They are counted anew.
  callbacks.length = 0;
  return encodeWith?.(args, hooksOf(callbacks, transfer));
}

function hooksOf(callbacks: UncheckedFunction[], transfer: unknown[]): EncodeHooks {
  const onSpecial = (value: object): CallbackMark | undefined => {
    const fn = callbackBehind(value);
    return fn === undefined ? undefined : { callback: callbacks.push(fn) - 1 };
  };
  return { onSpecial, transfer };
}

function linksOf(
  callbacks: readonly UncheckedFunction[],
  onProgress: RunOptions["onProgress"],
): Links | undefined {
  if (callbacks.length === 0 && onProgress === undefined) return undefined;
  const context = new AsyncResource("skein.threadpool", { requireManualDestroy: true });
  return { callbacks, onProgress, context };
}

/**
 * Remembers where a call was made. The text of the stack is made when somebody reads it; even so this costs as much as
 * a fifth of a tiny call, so functions that are quick and have never thrown go without.
 */
function callSite(work: FunctionWork): { readonly stack?: string } | undefined {
  if (work.program.isQuick && !work.program.hasThrown) return undefined;
  const site: { readonly stack?: string } = {};
  Error.captureStackTrace(site, prepare);
  return site;
}

/**
 * Why a call cannot be sent although it could be before: it blames the variables that the function captures, or the
 * arguments.
 */
export function refusalOf(work: Work, failure: unknown): NotTransferableError {
  const explain = (encoded: unknown, base: string): NotTransferableError =>
    explainCloneFailure(failure, valueWithin(encoded), base);
  if (work.kind === "resume") return explain(work.error, "error");
  const { args } = work;
  const together = args.form === "together" ? (valueWithin(args.value) as Together) : undefined;
  const inVariables = explain(together?.values ?? work.values, "captured");
  if (inVariables.path.length > 1) return inVariables;
  return explain(args.form === "encoded" ? args.value : together?.args, "args");
}
