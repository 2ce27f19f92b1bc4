import type { ProcessReport, ReportNode } from "../observe/process-report.ts";
import type { PoolReport } from "../threads/pool/pool-reports.ts";
import { duration, durations } from "./duration.ts";
import { fold, type Folded, type Range } from "./fold.ts";
import { textOf } from "./pattern.ts";

/** Deadlines that are closer to each other than this are one. */
const SAME_MS = 20;

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
  for (const root of fold(tasks, seenMs)) drawNode(root, 0, undefined, lines);
  for (const pool of pools) drawPool(pool, lines);
  return lines.map((line) => cut(line, columns));
}

function drawNode(node: Folded, depth: number, above: Range | undefined, lines: string[]): void {
  const [only] = node.children;
  // What a task waits for stands on its line.
  const waits = node.children.length === 1 && only!.kind === "wait" && only!.count === 1;
  lines.push("  ".repeat(depth) + lineOf(node, above, waits ? only : undefined));
  if (waits) return;
  for (const child of node.children) drawNode(child, depth + 1, node.deadline ?? above, lines);
}

function lineOf(node: Folded, above: Range | undefined, wait: Folded | undefined): string {
  const name = textOf(node.name);
  if (node.kind === "wait") return `waits for ${name}${times(node)}${seen(node)}`;
  const parts = [`${node.kind}${name === "" ? "" : ` "${name}"`}${times(node)}`, ...node.states];
  if (wait !== undefined) parts.push(`waits for ${textOf(wait.name)}`);
  const { deadline } = node;
  if (deadline !== undefined && !isSame(deadline, above)) {
    parts.push(`deadline in ${durations(deadline.least, deadline.most)}`);
  }
  return parts.join(", ") + seen(wait ?? node);
}

function times({ count }: Folded): string {
  return count === 1 ? "" : ` ×${count.toLocaleString("en")}`;
}

function seen({ seen: range }: Folded): string {
  if (range === undefined || range.most < 1_000) return "";
  return `, for ${durations(range.least, range.most)} or more`;
}

function isSame(one: Range, other: Range | undefined): boolean {
  if (other === undefined) return false;
  return Math.abs(one.least - other.least) < SAME_MS && Math.abs(one.most - other.most) < SAME_MS;
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
