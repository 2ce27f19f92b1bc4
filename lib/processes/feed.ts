import type { Writable } from "node:stream";
import { got } from "../errors.ts";
import { readFrom } from "../scope/read-from.ts";
import type { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";
import { itemSourceOf } from "../tasks/item-source.ts";
import type { TaskScope } from "../tasks/task-group.ts";
import type { ProcessInput } from "./process-options.ts";

/** What a pipe says whose other end nobody holds any more. */
const DEAF: ReadonlySet<unknown> = new Set([
  "EPIPE",
  "ECONNRESET",
  "EOF",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/**
 * Writes it all, as fast as it is read, and closes the pipe. A process may end, or close it, before it has read
 * everything.
 */
export async function feed(stdin: Writable, input: ProcessInput, task: TaskScope): Promise<void> {
  const scope = task as TaskScope & Scope;
  let failure: unknown;
  /** Whoever waits until there is room, or until nobody reads any more. */
  let wait: Wait<void> | null = null;
  const goOn = (): void => void wait?.grant(undefined);
  const failed = (error: unknown): void => {
    if (!DEAF.has(readFrom(error as object, "code"))) failure = error;
  };
  stdin.on("error", failed).on("drain", goOn).on("close", goOn);
  const isPieces = typeof input !== "string" && !(input instanceof Uint8Array);
  const source = itemSourceOf<unknown>(isPieces ? input : [input]);
  try {
    while (!stdin.destroyed) {
      const pulled = await source.pull(scope);
      // Only a whole input has an end that the process sees.
      if (pulled === undefined) {
        stdin.end();
        break;
      }
      const { item } = pulled;
      checkPiece(item);
      if (stdin.destroyed || stdin.write(item)) continue;
      scope.throwIfCancelled();
      wait = new Wait<void>(scope);
      await wait.promise;
    }
  } finally {
    await source.close();
  }
  if (failure !== undefined) throw failure;
}

function checkPiece(item: unknown): asserts item is string | Uint8Array {
  if (typeof item === "string" || item instanceof Uint8Array) return;
  throw new TypeError(`Expected \`input\` to give strings or Uint8Arrays, got ${got(item)}`);
}
