import { isArrayBuffer } from "./introspection.ts";
import { NotTransferableError } from "../../errors.ts";
import type { Transferable } from "../executor.ts";
import { isDetached } from "./memory.ts";
import { canMove } from "./realm.ts";
import { transferListOf } from "./transfer.ts";

/**
 * What can really move of what is to: each thing once, without the memory that its owner keeps.
 *
 * @throws NotTransferableError for memory that has moved already: it would arrive empty, without a word
 */
export function movable(list: readonly unknown[], path: string): Transferable[] {
  const moving = new Set<unknown>();
  list.forEach((item, index) => {
    if (!isArrayBuffer(item)) return void moving.add(item);
    if (isDetached(item)) {
      const message = `\`${path}[${index}]\` has moved to another thread already. Move it once, or share it as a SharedArrayBuffer`;
      throw new NotTransferableError(message, [path, String(index)]);
    }
    if (canMove(item)) moving.add(item);
  });
  return [...moving] as Transferable[];
}

/** What moves with a call: said of the call, or of one of its arguments. */
export function movableWith(
  args: readonly unknown[],
  given: readonly Transferable[] | undefined,
): Transferable[] {
  const list = given === undefined ? [] : [...given];
  for (const arg of args) for (const item of transferListOf(arg) ?? []) list.push(item);
  return list.length === 0 ? list : movable(list, "transfer");
}
