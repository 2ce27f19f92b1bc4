import { NotTransferableError } from "../../errors.ts";
import { AsyncResource } from "../../host.ts";
import type { UncheckedFunction } from "../any-function.ts";
import { callbackBehind } from "../callback.ts";
import { scopesOf } from "../call-scopes.ts";
import { movableWith } from "../codec/movable.ts";
import { copyButMoved } from "../codec/copy-but-moved.ts";
import { encodeValue } from "../codec/values.ts";
import type { RunOptions } from "../executor.ts";
import { HOLD } from "../pool/protocol.ts";
import type { Links, PreparedOptions } from "../pool/work.ts";
import { captured } from "./ship.ts";
import type { WebWork } from "./work.ts";

/** What a call is made of, once its arguments have been found fit to travel. */
export interface Prepared {
  readonly work: WebWork;
  readonly options: PreparedOptions;
}

/**
 * @param step - of a session that the function begins: how many items are wanted at first, or `HOLD`
 * @throws ShipError or NotTransferableError for a value, or the reason of a cancelled scope
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
    const work = workOf(fn, args, options, step);
    const { limiter, graceMs } = options;
    const onCancel = options.onCancel ?? (step === HOLD ? "finish-setup" : "kill");
    const links = linksOf(options.onProgress);
    const site = callSite();
    return { work, options: { scope, ownScope, limiter, onCancel, graceMs, links, name, site } };
  } catch (error) {
    ownScope?._end();
    throw error;
  }
}

/**
 * The same with a copy of what would be copied when it is sent: for a call that has to wait, and whose caller may go on
 * to change what it has given. What moves stays where it is until then.
 */
export function copied(work: WebWork): WebWork {
  const { body, transfer } = work;
  try {
    return { ...work, body: copyButMoved(body, transfer) };
  } catch {
    // It is refused when it is sent.
    return work;
  }
}

function workOf(
  fn: UncheckedFunction,
  args: readonly unknown[],
  { transfer: given, captures, callId }: RunOptions,
  step: number | undefined,
): WebWork {
  const transfer = movableWith(args, given);
  const encoded = encodeValue(args, "args", {
    onSpecial: refuseCallback,
    takesCallbacks: false,
    transfer,
  });
  const { values, names, inside } = captured(fn, captures);
  return {
    kind: step === undefined ? "run" : "begin",
    fn,
    body: { values, args: encoded, callId },
    inside,
    captures: names,
    codes: undefined,
    transfer,
    step: step ?? 0,
  };
}

function refuseCallback(value: object): undefined {
  if (callbackBehind(value) === undefined) return;
  throw new NotTransferableError(
    "A `callback` blocks its thread until it has answered, which a worker of a browser cannot do. Give what it would answer as an argument, or report with `progress()`",
    ["args"],
  );
}

function linksOf(onProgress: RunOptions["onProgress"]): Links | undefined {
  if (onProgress === undefined) return undefined;
  return { callbacks: [], onProgress, context: new AsyncResource("skein.threadpool") };
}

/** Where a call was made, if the engine tells. */
function callSite(): { readonly stack?: string } {
  const site: { readonly stack?: string } = {};
  (Error as { captureStackTrace?: typeof Error.captureStackTrace }).captureStackTrace?.(
    site,
    prepare,
  );
  return site;
}
