import type { ProcessReport, ReportNode } from "../observe/process-report.ts";
import type { PoolReport } from "../threads/pool/pool-reports.ts";
import { duration } from "./duration.ts";
import { linesOf, type TreeLine } from "./lines.ts";

/**
 * A report as lines of text.
 *
 * @param columns - how long a line may be
 * @param seenMs - for how long a node has been watched
 */
export function draw(
  report: ProcessReport,
  columns: number,
  seenMs: (node: ReportNode) => number | undefined = () => undefined,
): string[] {
  const { pid, node, command, uptimeMs, tasks, pools } = report;
  const lines = [
    `${command.join(" ")}  pid ${pid}, Node ${node.slice(1)}, up ${duration(uptimeMs)}`,
  ];
  if (tasks.length === 0) lines.push("no task runs");
  lines.push(...linesOf(tasks, seenMs).map(text));
  for (const pool of pools) drawPool(pool, lines);
  return lines.map((line) => cut(line, columns));
}

function text({ depth, kind, name, count, notes }: TreeLine): string {
  const times = count === 1 ? "" : ` ×${count.toLocaleString("en")}`;
  const named = name === "" ? kind : `${kind} "${name}"`;
  const head = kind === "wait" ? `waits for ${name}` : named;
  const said = notes.map((note) => `, ${note.text}`).join("");
  return `${"  ".repeat(depth)}${head}${times}${said}`;
}

function drawPool({ threads, running, queued, completed }: PoolReport, lines: string[]): void {
  const figures = [
    [running, "running"],
    [queued, "queued"],
    [completed, "completed"],
  ] as const;
  const said = figures.map(([count, what]) => `${count.toLocaleString("en")} ${what}`).join(", ");
  lines.push(`thread pool: ${said}`);
  let idle = 0;
  for (const { id, phase, call, awaitsCallback, sessions } of threads) {
    const parts: string[] = [];
    if (call !== undefined) parts.push(`${call.name}, for ${duration(call.forMs)}`);
    if (awaitsCallback === true) parts.push("waits for a callback");
    if (sessions !== undefined) parts.push(`holds ${sessions} generators`);
    if (phase !== "up") parts.push(phase);
    if (parts.length === 0) idle += 1;
    else lines.push(`  thread ${id}: ${parts.join(", ")}`);
  }
  if (idle > 0) lines.push(`  idle: ${idle}`);
}

function cut(line: string, columns: number): string {
  const plain = line.replaceAll(/\p{Cc}/gu, " ");
  return plain.length <= columns ? plain : `${plain.slice(0, columns - 1)}…`;
}
