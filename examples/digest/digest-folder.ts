import { readdirSync, statSync } from "node:fs";
import { copyFile, mkdtemp, open, realpath, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import {
  cancelScope,
  type CancelScope,
  input,
  provide,
  resolveDependencies,
  sleep,
  taskGroup,
} from "skein";
import { type Comparison, compare } from "./comparison.ts";
import {
  addTo,
  digestFiles,
  type Found,
  inThread,
  nothing,
  type Totals,
  type Unreadable,
  type Work,
} from "./digest-files.ts";
import { type Measured, measured } from "./measured.ts";
import { type Options, UsageError } from "./options.ts";

export interface Summary extends Measured<Totals> {
  /** How many files there are; more than `value.files` if time ran out or some could not be read. */
  readonly found: number;
  readonly complete: boolean;
  readonly unreadable: readonly Unreadable[];
  /** If it was asked for, and not for a run that was cut short. */
  readonly comparison: Comparison | undefined;
}

/** Whoever wants to know how far it is. */
export interface Observer {
  started(temporaryFolder: string, files: number): void;
  advanced(totals: Totals): void;
  /** Some files are digested again. */
  comparing(where: string): void;
}

const folder = input<string>()("folder");
const reportPath = input.optional<string>()("reportPath");

/** An async function: awaited on the event loop. */
const settings = provide({ folder }, async ({ folder }) => {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`Expected a folder, got ${resolve(folder)}`);
  return { root: await realpath(folder), concurrency: 4 * availableParallelism() };
});

/** A plain function: runs in a worker thread, for its synchronous calls would hold up the event loop. */
const listing = provide({ settings }, ({ settings: { root } }) => {
  const files: Found[] = [];
  const unreadable: Unreadable[] = [];
  const folders = [root];
  for (const folder of folders) {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        if (entry.isFile()) files.push({ path: relative(root, path), bytes: statSync(path).size });
      }
    } catch (error) {
      unreadable.push({ path: relative(root, folder), problem: String(error) });
    }
  }
  return { files, unreadable };
});

/** A generator: what follows the `yield` runs when the value is no longer needed, however that came about. */
const temporaryFolder = provide(async function* () {
  const path = await mkdtemp(join(tmpdir(), "skein-digest-"));
  try {
    yield path;
  } finally {
    await rm(path, { recursive: true, force: true });
  }
});

/** A failure or a cancellation is thrown at the `yield`, so the last line keeps only what was finished. */
const report = provide(
  { temporaryFolder, reportPath },
  async function* ({ temporaryFolder, reportPath }) {
    const draft = join(temporaryFolder, "report.jsonl");
    const file = await open(draft, "w");
    try {
      yield file;
    } finally {
      await file.close();
    }
    if (reportPath !== undefined) await copyFile(draft, reportPath);
  },
);

/** Digests a folder until it is done or its time is over; cancelling `scope` ends it without a result. */
export function digestFolder(
  options: Options,
  observer: Observer,
  scope: CancelScope,
): Promise<Summary> {
  const deadline = performance.now() + options.timeoutMs;
  return resolveDependencies(
    { settings, listing, temporaryFolder, report },
    { inputs: { folder: options.folder, reportPath: options.report }, scope },
    async ({ settings, listing, temporaryFolder, report }) => {
      const { files } = listing;
      const unreadable = [...listing.unreadable];
      const totals = nothing();
      const work: Work = { ...settings, files, digester: inThread };
      observer.started(temporaryFolder, files.length);

      const digestAll = (scope: CancelScope): Promise<void> =>
        taskGroup(
          async (group) => {
            group.background(async (task) => {
              for (; ; await sleep(100, task)) observer.advanced(totals);
            });
            for await (const result of digestFiles(work, group)) {
              await report.write(`${JSON.stringify(result)}\n`);
              if ("problem" in result) unreadable.push(result);
              else addTo(totals, result);
            }
          },
          { scope },
        );
      const run = await measured(() => cancelScope(digestAll, { scope, deadline }));

      const complete = run.value.done;
      const isCompared = complete && options.compare;
      const comparison = isCompared
        ? await compare(work, (where) => observer.comparing(where), scope)
        : undefined;
      return { ...run, value: totals, found: files.length, complete, unreadable, comparison };
    },
  );
}
