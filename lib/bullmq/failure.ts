import { DeadlineError } from "../index.ts";
import { deserializeThrown, serializeThrown } from "../executor.ts";
import { RemoteLostError, UnknownFunctionError } from "./errors.ts";

/**
 * Why a job has failed, as it stands in its data: a letter, then what the function threw, or a message.
 *
 * - `t`: the function threw
 * - `u`: no worker knows the function
 * - `d`: its deadline had passed before it began
 * - `c`: it was cancelled
 * - `r`: refused, it has not begun
 * - `l`: lost while it ran
 */
type Kind = "t" | "u" | "d" | "c" | "r" | "l";

/** A job that is not to be tried again, and why. */
export class Failure extends Error {
  readonly text: string;

  constructor(kind: Kind, message: string, text: string = message) {
    super(message.slice(0, LONGEST));
    this.text = kind + text;
  }

  static ofThrown(thrown: unknown): Failure {
    const bytes = Buffer.from(serializeThrown(thrown));
    return new Failure("t", readable(thrown), bytes.toString("base64"));
  }
}

const LONGEST = 1_000;

/** For whoever looks at the queue. */
function readable(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "The function threw something that cannot be shown";
  }
}

/** What a caller rejects with. */
export function reasonOf(text: string, callId: string, stack: string | undefined): unknown {
  const message = text.slice(1);
  switch (text[0]) {
    case "t":
      return deserializeThrown(Buffer.from(message, "base64"), stack);
    case "u":
      return new UnknownFunctionError(message);
    case "d":
      return new DeadlineError(message);
    case "r":
      return new RemoteLostError(message, callId, false);
    case "l":
      return new RemoteLostError(message, callId, true);
    default:
      return new RemoteLostError(message, callId, undefined);
  }
}
