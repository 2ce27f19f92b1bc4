import { isArrayBuffer } from "./introspection.ts";
import { NotTransferableError } from "../../errors.ts";
import type { Transferable } from "../executor.ts";
import { isDetached } from "./memory.ts";
import { canMove } from "./realm.ts";

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
