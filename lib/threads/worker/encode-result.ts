import { movable } from "../codec/movable.ts";
import { transferListOf } from "../codec/transfer.ts";
import { encodeValue } from "../codec/values.ts";

/** Prepares what a function returned for its way back; what it marked with `transfer` is moved, not copied. */
export function encodeResult(value: unknown, transfer: unknown[]): unknown {
  if (typeof value !== "object" || value === null) return encodeValue(value, "result");
  const list = transferListOf(value);
  if (list === undefined) return encodeValue(value, "result");
  const moving = movable(list, "transfer");
  transfer.push(...moving);
  return encodeValue(value, "result", { transfer: moving });
}
