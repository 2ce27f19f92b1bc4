import { Deserializer, Serializer } from "node:v8";
import { NotTransferableError } from "../errors.ts";
import { decodeThrown, type EncodedThrown, encodeThrown } from "../threads/codec/errors.ts";
import { explainCloneFailure } from "../threads/codec/refusal.ts";
import { decodeValue, encodeValue } from "../threads/codec/values.ts";
import { checkReceived } from "./received.ts";

/**
 * A value as bytes, for another process or machine. What arrives is what a thread would get: identity and cycles, Maps,
 * Dates, Buffers, frozenness, whole errors. Refused is what a machine cannot have: functions of whatever kind, built-in
 * ones and callbacks among them, shared memory, ports and streams, keys, instances of classes.
 *
 * @param value - what is to be sent; none of its code runs
 * @param path - what messages call it: `"args"`, `"result"`
 * @returns bytes that {@link deserializeValue} reads, also on another version of Node
 * @throws NotTransferableError, which names the path of the first thing that cannot be sent
 *
 * @example
 * ```ts
 * import { deserializeValue, serializeValue } from "skein/executor";
 *
 * const bytes = serializeValue([new Map([["at", new Date(0)]])], "args");
 * console.log(deserializeValue(bytes, "args"));
 * // prints: [ Map(1) { 'at' => 1970-01-01T00:00:00.000Z } ]
 * ```
 *
 * @public
 */
export function serializeValue(value: unknown, path: string): Uint8Array {
  return bytesOf(encodeValue(value, path, { medium: "wire" }), path);
}

/**
 * The value that {@link serializeValue} was given. Bytes from a stranger can make no more than data: nothing in them is
 * evaluated, imported or looked up, and what is malformed is refused.
 *
 * @param bytes - as they were sent
 * @param path - what messages call the value
 * @returns the value, made anew
 * @throws NotTransferableError for bytes that are none of `serializeValue`
 *
 * @public
 */
export function deserializeValue(bytes: Uint8Array, path: string): unknown {
  return read(bytes, path, (received) => {
    checkReceived(received, bytes.byteLength);
    return decodeValue(received);
  });
}

/**
 * Anything thrown, as bytes. It never throws: in the place of what cannot be sent inside of an error stands what says
 * so.
 *
 * @param thrown - an error with all it carries, or whatever was thrown
 * @returns bytes that {@link deserializeThrown} reads
 *
 * @public
 */
export function serializeThrown(thrown: unknown): Uint8Array {
  return bytesOf(encodeThrown(thrown, "wire"), "thrown");
}

/**
 * What was thrown elsewhere, made again: built-in errors and those of skein keep their class, others their name, and
 * all of them their properties, `cause` and stack.
 *
 * @param bytes - as they were sent
 * @param stack - of the call on this side; its frames follow those of the other
 * @returns what was thrown
 * @throws NotTransferableError for bytes that are none of `serializeThrown`
 *
 * @public
 */
export function deserializeThrown(bytes: Uint8Array, stack?: string): unknown {
  return read(bytes, "thrown", (received) => {
    const encoded = received as EncodedThrown;
    checkReceived(encoded.thrown, bytes.byteLength);
    return decodeThrown(encoded, stack);
  });
}

// Not `v8.serialize`: that sends each view of a memory with a copy of its own, so that two of one become strangers.
function bytesOf(encoded: unknown, path: string): Uint8Array {
  try {
    const serializer = new Serializer();
    serializer.writeHeader();
    serializer.writeValue(encoded);
    return serializer.releaseBuffer();
  } catch (failure) {
    throw explainCloneFailure(failure, encoded, path);
  }
}

function read(bytes: Uint8Array, path: string, decode: (received: unknown) => unknown): unknown {
  try {
    const deserializer = new Deserializer(bytes);
    deserializer.readHeader();
    return decode(deserializer.readValue());
  } catch (failure) {
    const message = `\`${path}\` came from elsewhere as bytes that cannot be read: ${String(failure)}`;
    throw new NotTransferableError(message, [path], { cause: failure });
  }
}
