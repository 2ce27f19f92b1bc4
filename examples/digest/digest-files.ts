import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CancelScope, streamConcurrent } from "skein";
import { type Digest, digest, digestInThread } from "./digest.ts";

export interface Found {
  readonly path: string;
  readonly bytes: number;
}

export interface Digested extends Digest {
  readonly path: string;
}

export interface Unreadable {
  readonly path: string;
  readonly problem: string;
}

export interface Totals {
  files: number;
  bytes: number;
  gzipped: number;
  lines: number;
}

/** Where a file's content is digested. */
export type Digester = (content: Uint8Array, scope: CancelScope) => Digest | Promise<Digest>;

export const inThread: Digester = (content, scope) => digestInThread.in(scope)(content);

export const onEventLoop: Digester = (content) => digest(content);

export interface Work {
  readonly root: string;
  readonly files: readonly Found[];
  /** How many files are read and digested at once. */
  readonly concurrency: number;
  readonly digester: Digester;
}

/** Reads files on the event loop and has them digested. One that cannot be read does not stop the others. */
export function digestFiles(
  { root, files, concurrency, digester }: Work,
  scope: CancelScope,
): AsyncIterableIterator<Digested | Unreadable> {
  return streamConcurrent(
    files,
    async ({ path }, task) => {
      try {
        const content = await readFile(join(root, path), { signal: task.signal });
        return { path, ...(await digester(content, task)) };
      } catch (error) {
        task.throwIfCancelled();
        return { path, problem: String(error) };
      }
    },
    { concurrency, scope },
  );
}

export function nothing(): Totals {
  return { files: 0, bytes: 0, gzipped: 0, lines: 0 };
}

export function addTo(totals: Totals, { bytes, gzipped, lines }: Digest): void {
  totals.files++;
  totals.bytes += bytes;
  totals.gzipped += gzipped;
  totals.lines += lines;
}
