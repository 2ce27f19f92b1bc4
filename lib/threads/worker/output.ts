import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import { OUTPUT } from "../pool/protocol.ts";
import type { Outlet } from "./outlet.ts";

type Chunk = string | Uint8Array;
type Written = (error?: Error | null) => void;

/**
 * Sends what the functions of this thread print to the main thread at once. Node's own streams of a worker send the
 * first chunk, and the others only when the worker's event loop turns: never, if the thread computes until it is ended.
 */
export function printThrough(outlet: Outlet): void {
  for (const name of ["stdout", "stderr"] as const) {
    const send = (chunk: Chunk, encoding: BufferEncoding | "buffer"): void => {
      const isText = typeof chunk === "string" && (encoding === "utf8" || encoding === "utf-8");
      const whole =
        typeof chunk === "string" && !isText
          ? Buffer.from(chunk, encoding as BufferEncoding)
          : chunk;
      outlet.postAside([OUTPUT, name, whole]);
    };
    const stream: Writable = process[name];
    stream._write = (chunk: Chunk, encoding, written: Written) => {
      send(chunk, encoding);
      written();
    };
    stream._writev = (chunks, written) => {
      for (const { chunk, encoding } of chunks) send(chunk as Chunk, encoding);
      written();
    };
  }
}
