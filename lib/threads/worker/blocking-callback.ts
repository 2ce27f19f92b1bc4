import { ClosedError } from "../../errors.ts";
import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import { decodeValue, encodeValue } from "../codec/values.ts";
import { enterWorker } from "../current-call.ts";
import { CALLBACK, type CallbackMark } from "../protocol.ts";
import type { WorkerLane } from "./worker-lane.ts";

const worker = enterWorker();

/** In the worker, what `callback(fn)` arrives as: it blocks the thread until `fn` has answered on the main thread. */
export function blockingCallback(
  lane: WorkerLane,
  mark: CallbackMark,
): (...args: readonly unknown[]) => unknown {
  const { operation } = lane;
  return (...args) => {
    if (worker.current === undefined || lane.operation !== operation) {
      throw new ClosedError(
        "A callback was called after the function that it was given to had ended; call it before",
      );
    }
    lane.post([CALLBACK, lane.sequence, mark.callback, encodeValue(args, "args")]);
    const [, succeeded, value] = lane.awaitAnswer();
    if (succeeded) return decodeValue(value);
    throw decodeThrown(value as EncodedThrown);
  };
}
