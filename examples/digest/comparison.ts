import type { CancelScope } from "skein";
import {
  addTo,
  digestFiles,
  type Found,
  inThread,
  nothing,
  onEventLoop,
  type Totals,
  type Work,
} from "./digest-files.ts";
import { type Measured, measured } from "./measured.ts";

const sampleBytes = 16_000_000;

/** The same files, digested in both places. */
export interface Comparison {
  readonly inThreads: Measured<Totals>;
  readonly onEventLoop: Measured<Totals>;
}

/** Digests some of the largest files again, in worker threads and then on the event loop. */
export async function compare(
  work: Work,
  begins: (where: string) => void,
  scope: CancelScope,
): Promise<Comparison> {
  const sample = { ...work, files: largest(work.files) };
  begins("in threads");
  const inThreads = await measured(() => digestAll({ ...sample, digester: inThread }, scope));
  begins("on the event loop");
  const onLoop = await measured(() => digestAll({ ...sample, digester: onEventLoop }, scope));
  return { inThreads, onEventLoop: onLoop };
}

async function digestAll(work: Work, scope: CancelScope): Promise<Totals> {
  const totals = nothing();
  for await (const result of digestFiles(work, scope)) {
    if (!("problem" in result)) addTo(totals, result);
  }
  return totals;
}

function largest(files: readonly Found[]): Found[] {
  const sample: Found[] = [];
  let room = sampleBytes;
  for (const file of files.toSorted((a, b) => b.bytes - a.bytes)) {
    if (file.bytes > room) continue;
    sample.push(file);
    room -= file.bytes;
  }
  return sample;
}
