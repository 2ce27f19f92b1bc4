import type { ScopeChild } from "../scope/scope-child.ts";
import { type PoolReport, poolsWithThreads } from "../threads/pool/pool-reports.ts";
import type { Registry, RegistryReport } from "./registry.ts";
import { type TaskTreeNode, treeNodes } from "./task-tree.ts";

/** A node of the task tree that is known again in a later report. */
export interface ReportNode extends TaskTreeNode {
  readonly id: number;
  readonly children: readonly ReportNode[];
}

/** What a process does at the moment, as data that goes to another process. */
export interface ProcessReport extends Partial<RegistryReport> {
  /** Of this form of report. */
  readonly version: 1;
  readonly pid: number;
  readonly node: string;
  /** What it was started as. */
  readonly command: readonly string[];
  readonly uptimeMs: number;
  readonly tasks: readonly ReportNode[];
  readonly pools: readonly PoolReport[];
}

const ids = new WeakMap<ScopeChild, number>();
let lastId = 0;

/** @param registry - knows channels, limiters and lifetimes, which are not in the report without it */
export function processReport(registry?: Registry): ProcessReport {
  return {
    version: 1,
    pid: process.pid,
    node: process.version,
    command: process.argv.slice(1),
    uptimeMs: Math.round(process.uptime() * 1_000),
    tasks: treeNodes((child) => ({ id: idOf(child) })) as ReportNode[],
    pools: Array.from(poolsWithThreads, (pool) => pool.report),
    ...registry?.report,
  };
}

function idOf(child: ScopeChild): number {
  let id = ids.get(child);
  if (id === undefined) ids.set(child, (id = ++lastId));
  return id;
}
