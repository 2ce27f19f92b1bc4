import { inspect, types } from "node:util";
import { NotTransferableError } from "../../errors.ts";
import { originalPlaces } from "./generated-places.ts";
import { isDOMException } from "./kinds.ts";
import { decodeValue, type Encoded, encodeValue } from "./values.ts";

/** Anything thrown, in a form that structured clone always carries. */
export interface EncodedThrown {
  readonly thrown: Encoded;
}

const SEPARATOR = "    --- in a worker thread, called from ---";

/**
 * Gives what to post for something that was thrown. Never throws. Errors keep all they carry; what cannot cross
 * inside an error is replaced by its inspection, so that one odd property does not cost the whole error.
 */
export function encodeThrown(thrown: unknown): EncodedThrown {
  try {
    return encodeFaithfully(thrown);
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

function encodeFaithfully(thrown: unknown): EncodedThrown {
  let isRefused = false;
  const encoded = encodeValue(thrown, "thrown", {
    onRefused(value) {
      if (value === thrown) isRefused = true;
      return describe(value);
    },
  });
  if (isRefused) {
    const what = `The function threw ${describe(thrown)}, which cannot cross to another thread. Throw an Error`;
    return encodeFaithfully(new NotTransferableError(what, ["thrown"]));
  }
  // A proxy or a detached buffer shows only when it is cloned.
  if (typeof encoded === "object") structuredClone(encoded);
  return { thrown: encoded };
}

/** For errors that resist: getters that throw, proxies inside. */
function poorCopy(thrown: unknown): Error {
  const error = new Error(attempt(() => (thrown as Error).message) ?? describe(thrown));
  for (const key of ["name", "stack", "code"]) {
    const value = attempt(() => (thrown as Record<string, unknown>)[key] as string);
    if (value === undefined) continue;
    Object.defineProperty(error, key, {
      value,
      enumerable: key === "code",
      configurable: true,
      writable: true,
    });
  }
  return error;
}

function attempt(read: () => unknown): string | undefined {
  try {
    const value = read();
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function describe(value: unknown): string {
  try {
    return inspect(value, { depth: 1, maxStringLength: 1_000, maxArrayLength: 20 });
  } catch {
    return "a value that cannot be inspected";
  }
}

function isError(value: unknown): value is Error {
  return (
    typeof value === "object" &&
    value !== null &&
    (types.isNativeError(value) || isDOMException(value))
  );
}

function joinStacks(error: Error, mainStack: string): void {
  const frames = mainStack.split("\n").filter((line) => /^\s+at /.test(line));
  const own = originalPlaces(error.stack ?? `${error.name}: ${error.message}`);
  Object.defineProperty(error, "stack", {
    value: [own, SEPARATOR, ...frames].join("\n"),
    enumerable: false,
    configurable: true,
    writable: true,
  });
}
