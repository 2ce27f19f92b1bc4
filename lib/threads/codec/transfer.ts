import { inCommon } from "../../errors/copies.ts";
import { got } from "../../errors.ts";
import type { Transferable } from "../executor.ts";

const none = (): WeakMap<object, readonly Transferable[]> => new WeakMap();
const lists = /* @__PURE__ */ inCommon("transfer", none);

/**
 * Marks `value` so that, when it next crosses to another thread, the memory in `list` moves instead of being
 * copied. Works in both directions: on an argument, and in a worker on what a function returns.
 *
 * The sender loses what moved: its buffers have length 0 afterwards. Nothing moves before the value is really
 * sent, so a call that is cancelled in the queue leaves everything where it was. Memory that Node or WebAssembly keeps,
 * such as that of a small Buffer, is copied instead, and stays.
 *
 * @param value - The argument or result itself, not something inside it.
 * @param list - What moves: array buffers, message ports, streams. Default: the memory of `value`, which then
 *   must be a buffer or a view of one.
 * @returns `value`, marked.
 * @throws TypeError when `list` holds something that cannot move, such as a view instead of its `.buffer`.
 *
 * @public
 */
export function transfer<T extends object>(value: T, list?: readonly Transferable[]): T {
  const given: unknown = value;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Expected \`value\` to be an object whose memory can move, got ${got(given)}`,
    );
  }
  const moving = list ?? memoryOf(value);
  moving.forEach((item: unknown, index) => {
    if (ArrayBuffer.isView(item)) {
      throw new TypeError(
        `Expected \`list[${index}]\` to be a buffer, a port or a stream, got a ${item.constructor.name}: pass its \`.buffer\``,
      );
    }
    if (typeof item !== "object" || item === null) {
      throw new TypeError(
        `Expected \`list[${index}]\` to be a buffer, a port or a stream, got ${String(item)}`,
      );
    }
  });
  // Not `lists`: this function may be shipped with a closure, which cannot take that along.
  inCommon("transfer", none).set(value, moving);
  return value;
}

/** What `transfer()` was told to move with `value`. */
export function transferListOf(value: unknown): readonly Transferable[] | undefined {
  return typeof value === "object" && value !== null ? lists.get(value) : undefined;
}

function memoryOf(value: object): readonly Transferable[] {
  if (ArrayBuffer.isView(value)) return memoryOf(value.buffer);
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object SharedArrayBuffer]") {
    throw new TypeError(
      "A SharedArrayBuffer is shared by both threads as it is: do not transfer it",
    );
  }
  if (tag === "[object ArrayBuffer]") return [value as ArrayBuffer];
  throw new TypeError(
    "Expected `list` to say what moves, because `value` is neither a buffer nor a view of one",
  );
}
