import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { threaded, type ThreadedFunction } from "skein";

export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
  readonly gzipped: number;
  readonly lines: number;
}

/** A plain function of synchronous calls. It holds whatever thread it runs on until it is done. */
export function digest(content: Uint8Array): Digest {
  let lines = 0;
  for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, at + 1)) lines++;
  return {
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.byteLength,
    gzipped: gzipSync(content, { level: 1 }).byteLength,
    lines,
  };
}

/** Declared, since it is called for each of many files: the threads load this module once. */
export const digestInThread: ThreadedFunction<[content: Uint8Array], Digest> = threaded(
  import.meta,
  digest,
);
