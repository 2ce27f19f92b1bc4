import type { ThreadReport } from "./pool-thread.ts";

/** What is to be told of a pool. */
export interface PoolReport {
  readonly running: number;
  readonly queued: number;
  readonly completed: number;
  readonly threads: readonly ThreadReport[];
}

export interface ReportingPool {
  readonly report: PoolReport;
}

/** Those that have threads: for whoever wants to see what these do. */
export const poolsWithThreads: Set<ReportingPool> = new Set();
