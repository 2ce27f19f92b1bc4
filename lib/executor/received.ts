import { isUint8Array } from "node:util/types";
import type { Special } from "../threads/codec/findings.ts";
import { MARK } from "../threads/codec/values.ts";

/** What stands in for a value on the wire: what only the owner of a thread could mean is not among it. */
const KINDS: ReadonlySet<unknown> = new Set<Special["kind"]>([
  "symbol",
  "expression",
  "map",
  "set",
  "error",
]);

/**
 * Refuses what no `encodeValue` has made for the wire, before anything is done with it. What is not said here can be no
 * more than a strange value.
 *
 * @param size - of the bytes that it was read from: nothing in it can be longer
 */
export function checkReceived(received: unknown, size: number): void {
  if (!isRecord(received) || !Object.hasOwn(received, MARK)) return;
  if (!isRecord(received["target"])) throw new TypeError("it has no target");
  for (const buffer of list(received["buffers"], size)) {
    if (!isUint8Array(buffer)) throw new TypeError("a Buffer of it is none");
  }
  for (const object of list(received["bare"], size)) checkObject(object);
  for (const entry of list(received["closed"], size)) checkObject(list(entry, size)[0]);
  for (const patch of list(received["patches"], size)) {
    const [container, key, special] = list(patch, size);
    checkObject(container);
    if (typeof key !== "string") throw new TypeError("a property of it has no name");
    checkSpecial(special, size);
  }
}

function checkSpecial(special: unknown, size: number): void {
  if (!isRecord(special) || !KINDS.has(special["kind"])) {
    throw new TypeError("something in it stands for what cannot be sent");
  }
  if (special["kind"] === "map" || special["kind"] === "set") list(special["entries"], size);
  if (special["kind"] === "error") {
    list(special["keys"], size);
    list(special["values"], size);
    list(special["flags"], size);
  }
}

function list(value: unknown, size: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= size) return value;
  throw new TypeError("it lacks a list");
}

function checkObject(value: unknown): void {
  if (typeof value !== "object" || value === null) throw new TypeError("a part of it is missing");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
