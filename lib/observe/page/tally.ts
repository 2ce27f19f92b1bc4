import type { Span } from "../span-recorder.ts";

/** How often something of a name has ended in some time, and how long it has taken. */
export interface TallyRow {
  readonly category: Span["category"];
  readonly name: string;
  count: number;
  failed: number;
  cancelled: number;
  /** Of a call, how long it has waited for a thread, in all. */
  queuedMs: number;
  totalMs: number;
  mostMs: number;
  /** How many have taken less than `bucketMs` of their index, and not less than that of the one before. */
  readonly buckets: number[];
}

/** More than so many names are one. */
const MOST_NAMES = 300;
const BUCKETS = 64;

/**
 * The upper end of a bucket, in milliseconds: each is wider than the one before by the root of 2, from a microsecond
 * on.
 */
export function bucketMs(index: number): number {
  return 2 ** (index / 2) / 1_000;
}

/** Counts what ends. */
export class Tally {
  #rows = new Map<string, TallyRow>();

  add({ category, name, from, to, thread, details }: Span): void {
    const row = this.#rowOf(category, name);
    const ms = (to - from) / 1_000;
    row.count += 1;
    row.totalMs += ms;
    row.mostMs = Math.max(row.mostMs, ms);
    if (thread !== null) row.queuedMs += (thread.from - from) / 1_000;
    if (details["ended"] === "rejected") row.failed += 1;
    else if (details["ended"] === "cancelled") row.cancelled += 1;
    const index = Math.min(BUCKETS - 1, to <= from ? 0 : Math.floor(2 * Math.log2(to - from)) + 1);
    row.buckets[index] = (row.buckets[index] ?? 0) + 1;
  }

  /** What was counted since it was last taken. */
  take(): TallyRow[] {
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    return rows;
  }

  #rowOf(category: Span["category"], name: string): TallyRow {
    const isTooMany = this.#rows.size >= MOST_NAMES && !this.#rows.has(`${category} ${name}`);
    const key = isTooMany ? category : `${category} ${name}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = {
        category,
        name: isTooMany ? "…" : name,
        count: 0,
        failed: 0,
        cancelled: 0,
        queuedMs: 0,
        totalMs: 0,
        mostMs: 0,
        buckets: Array.from({ length: BUCKETS }, () => 0),
      };
      this.#rows.set(key, row);
    }
    return row;
  }
}
