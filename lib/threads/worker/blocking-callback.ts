import { ClosedError } from "../../errors.ts";
import { decodeThrown, type EncodedThrown } from "../codec/errors.ts";
import { decodeValue, encodeValue } from "../codec/values.ts";
import { type CallbackMark } from "../pool/protocol.ts";

/** Who asks the main thread on behalf of the call that runs. */
export interface Asker {
  /** The call that runs, or that began the session of which a step runs. */
  readonly operation: number | undefined;
  /** Blocks the thread for the answer. */
  ask(callback: number, args: unknown): { readonly succeeded: boolean; readonly value: unknown };
}

/** In the worker, what `callback(fn)` arrives as: it blocks the thread until `fn` has answered on the main thread. */
export function blockingCallback(
  asker: Asker,
  mark: CallbackMark,
): (...args: readonly unknown[]) => unknown {
  const { operation } = asker;
  return (...args) => {
    if (asker.operation !== operation) {
      throw new ClosedError(
        "A callback was called after the function that it was given to had ended; call it before",
      );
    }
    const sent = encodeValue(args, "args", { takesCallbacks: false });
    const { succeeded, value } = asker.ask(mark.callback, sent);
    if (succeeded) return decodeValue(value);
    throw decodeThrown(value as EncodedThrown);
  };
}
