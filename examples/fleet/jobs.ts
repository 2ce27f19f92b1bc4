import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type NamedFunction, threaded } from "skein";
import { progress } from "skein/worker";

export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
  readonly gzipped: number;
}

/** What workers do, and callers call: to read a file again does no harm, so it may be run again. */
export const digest: NamedFunction<[path: string], Digest, "at-least-once"> = threaded(
  import.meta,
  (path: string): Digest => {
    progress(process.pid);
    const content = readFileSync(path);
    return {
      sha256: createHash("sha256").update(content).digest("hex"),
      bytes: content.byteLength,
      gzipped: gzipSync(content, { level: 9 }).byteLength,
    };
  },
  { name: "fleet/digest", delivery: "at-least-once" },
);
