/** What is to be told of a thread. */
export interface ThreadReport {
  /** Its `threadId`. */
  readonly id: number;
  readonly phase: "starting" | "up" | "ending" | "gone";
  /** What it runs, and for how long. */
  readonly call?: { readonly name: string; readonly forMs: number };
  /** Its function waits for one on the main thread. */
  readonly awaitsCallback?: true;
  /** How many generators are suspended in it. */
  readonly sessions?: number;
}

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
