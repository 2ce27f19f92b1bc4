import * as types from "./introspection.ts";
import { NotTransferableError } from "../../errors.ts";
import type { Medium } from "./findings.ts";
import { originalPlaces } from "./realm.ts";
import { isDOMException } from "./kinds.ts";
import { setOwn } from "../../scope/own-property.ts";
import { heldData } from "./own-data.ts";
import { describeBriefly, standIns } from "./stand-in.ts";
import { decodeValue, type Encoded, encodeValue } from "./values.ts";

/** Anything thrown, in a form that structured clone always carries. */
export interface EncodedThrown {
  readonly thrown: Encoded;
}

const SEPARATOR = "    --- in a worker thread, called from ---";
/** As V8 writes one, or the others. */
const FRAME = /^\s+at |@.*:\d+:\d+$/;

/**
 * Gives what to post for something that was thrown. Never throws. Errors keep all they carry; in the place of what
 * cannot cross inside an error is something that can, so that one odd property does not cost another.
 */
export function encodeThrown(thrown: unknown, medium?: Medium): EncodedThrown {
  try {
    return encodeFaithfully(thrown, medium);
  } catch {
    return { thrown: encodeValue(poorCopy(thrown), "thrown") };
  }
}

/**
 * Makes what was thrown again in this thread.
 *
 * @param mainStack - The stack of the call in this thread; its frames follow those of the worker.
 */
export function decodeThrown(encoded: EncodedThrown, mainStack?: string): unknown {
  const thrown = decodeValue(encoded.thrown);
  if (mainStack !== undefined && isError(thrown)) joinStacks(thrown, mainStack);
  return thrown;
}

function encodeFaithfully(thrown: unknown, medium: Medium = "thread"): EncodedThrown {
  let isRefused = false;
  const standIn = standIns();
  const encoded = encodeValue(thrown, "thrown", {
    medium,
    onRefused(value, isTooDeep) {
      if (value === thrown) isRefused = true;
      return isTooDeep ? describeBriefly(value) : standIn(value);
    },
  });
  if (isRefused) {
    const thing = describeBriefly(thrown).replace(/^\[(.*)\]$/, "$1");
    const goal = medium === "wire" ? "be sent to another machine" : "cross to another thread";
    const what = `The function threw ${thing}, which cannot ${goal}. Throw an Error`;
    return encodeFaithfully(new NotTransferableError(what, ["thrown"]), medium);
  }
  return { thrown: encoded };
}

/** For what resists all the same. */
function poorCopy(thrown: unknown): Error {
  const isObject = typeof thrown === "object" && thrown !== null;
  const textAt = (key: string): string | undefined => {
    try {
      const value = isObject ? heldData(thrown, key) : undefined;
      return typeof value === "string" ? value : undefined;
    } catch {
      return undefined;
    }
  };
  const error = new Error(textAt("message") ?? describeBriefly(thrown));
  for (const key of ["name", "stack", "code"]) {
    const value = textAt(key);
    if (value !== undefined) setOwn(error, key, value, key === "code");
  }
  return error;
}

function isError(value: unknown): value is Error {
  return (
    typeof value === "object" &&
    value !== null &&
    (types.isNativeError(value) || isDOMException(value))
  );
}

function joinStacks(error: Error, mainStack: string): void {
  const frames = mainStack.split("\n").filter((line) => FRAME.test(line));
  const stack: unknown = error.stack;
  const own = originalPlaces(typeof stack === "string" ? stack : headOf(error));
  const value = [own, SEPARATOR, ...frames].join("\n");
  // One that is frozen keeps its own.
  Reflect.defineProperty(error, "stack", {
    value,
    enumerable: false,
    configurable: true,
    writable: true,
  });
}

function headOf(error: Error): string {
  const [name, message] = ["name", "message"].map((key) => heldData(error, key));
  return [name, message].filter((part) => typeof part === "string" && part !== "").join(": ");
}
