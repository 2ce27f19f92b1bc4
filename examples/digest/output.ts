import { createLogUpdate } from "log-update";
import type { Totals } from "./digest-files.ts";
import type { Comparison } from "./comparison.ts";
import type { Observer, Summary } from "./digest-folder.ts";
import type { Measured } from "./measured.ts";

/** How the program speaks to whoever started it. */
export interface Output extends Observer {
  finished(summary: Summary): void;
  /** Takes back what is not meant to stay on the screen. */
  clear(): void;
}

/** For machines: a line of JSON on standard output for each thing that happens. */
export const asJson: Output = {
  started: (temporaryFolder, files) => tell("started", { temporaryFolder, files }),
  advanced: (totals) => tell("advanced", totals),
  comparing: (where) => tell("comparing", { where }),
  finished: (summary) => tell("finished", summary),
  clear() {},
};

function tell(event: string, data: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...data })}\n`);
}

/** For people: a line that is kept up to date on a terminal, and a table at the end. */
export function asText(): Output {
  const line = createLogUpdate(process.stderr, { showCursor: true });
  const live = process.stderr.isTTY;
  let total = 0;
  return {
    started(_temporaryFolder, files) {
      total = files;
    },
    advanced({ files, bytes }) {
      if (live) line(`${count(files)} of ${count(total)} files, ${megabytes(bytes)}`);
    },
    comparing(where) {
      if (live) line(`the largest files again, ${where}`);
    },
    finished(summary) {
      const { comparison } = summary;
      process.stdout.write(`${table(summary)}\n`);
      if (comparison !== undefined) process.stdout.write(`\n${verdict(comparison)}\n`);
    },
    clear() {
      if (live) line.clear();
    },
  };
}

function table(summary: Summary): string {
  const { comparison } = summary;
  const columns: { title: [string, string]; run: Measured<Totals> }[] = [
    { title: ["all files", "in threads"], run: summary },
  ];
  if (comparison !== undefined) {
    columns.push({ title: ["large ones", "in threads"], run: comparison.inThreads });
    columns.push({ title: ["the same", "on event loop"], run: comparison.onEventLoop });
  }
  const rows: [string, (run: Measured<Totals>) => string][] = [
    ["files", ({ value }) => count(value.files)],
    ["lines", ({ value }) => count(value.lines)],
    ["bytes", ({ value }) => megabytes(value.bytes)],
    ["gzipped to", ({ value }) => percent(value.gzipped / value.bytes)],
    ["wall time", ({ wallMs }) => milliseconds(wallMs)],
    ["event loop blocked up to", ({ longestBlockMs }) => milliseconds(longestBlockMs)],
  ];
  const lines = [
    ["", ...columns.map(({ title }) => title[0])],
    ["", ...columns.map(({ title }) => title[1])],
    ...rows.map(([title, show]) => [title, ...columns.map(({ run }) => show(run))]),
  ];
  return lines
    .map(
      ([title = "", ...cells]) =>
        title.padEnd(26) + cells.map((cell) => cell.padStart(16)).join(""),
    )
    .join("\n");
}

/** What threads are worth, and what they cost. */
function verdict({ inThreads, onEventLoop }: Comparison): string {
  const ratio = inThreads.wallMs / onEventLoop.wallMs;
  const held = [onEventLoop, inThreads].map(({ longestBlockMs }) => milliseconds(longestBlockMs));
  return (
    `On the event loop nothing else ran for up to ${held[0]}, with threads for up to ${held[1]}. They took ${ratio.toFixed(2)} of ` +
    "its time:\nthey share the processors, and each file is copied on its way to them."
  );
}

function count(n: number): string {
  return n.toLocaleString("en");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? "-" : `${(ratio * 100).toFixed(1)} %`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}
