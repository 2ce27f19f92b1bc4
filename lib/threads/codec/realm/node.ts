import { type BuiltinPath, builtinAt, builtinPathOf } from "../builtins.ts";
import { originalPlaces } from "../generated-places.ts";
import { isNative, isOfNode } from "../node-code.ts";
import { sizeOf } from "../memory.ts";

// What every thread of Node has anyway, and how memory moves between them.

export { type BuiltinPath, builtinAt, builtinPathOf, isNative, isOfNode, originalPlaces };

/**
 * Whether memory can move to another thread. Node keeps that of small Buffers, and WebAssembly its own. Asked of a
 * clone that fails in any case, so that nothing moves.
 */
export function canMove(memory: ArrayBuffer): boolean {
  if (!saysWhatStays() && sizeOf(memory) === Buffer.poolSize) return false;
  try {
    structuredClone(uncloneable, { transfer: [memory] });
    return true;
  } catch (failure) {
    return (failure as Error).message.includes("=>");
  }
}

const uncloneable = (): void => {};

/** Node 20 does not say that it keeps the memory of small Buffers, and copies all of it. */
function saysWhatStays(): boolean {
  return "isMarkedAsUntransferable" in process.getBuiltinModule("node:worker_threads");
}

/** @param filename - for stacks */
export function runScript(text: string, filename: string): unknown {
  const { Script } = process.getBuiltinModule("node:vm");
  return new Script(text, { filename }).runInThisContext();
}
