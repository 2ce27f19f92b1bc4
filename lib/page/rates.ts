import { duration } from "../cli/duration.ts";
import { patternOf, textOf, widen, type Pattern } from "../cli/pattern.ts";
import { bucketMs, type TallyRow } from "../observe/page/tally.ts";
import { byId } from "./element.ts";
import { type Column, count, drawTable } from "./table.ts";

/** Rates are of the time since. */
const WINDOW_MS = 30_000;
const MOST_ROWS = 60;

interface Slice {
  readonly at: number;
  readonly rows: readonly TallyRow[];
}

interface Rate {
  readonly category: string;
  readonly name: Pattern;
  count: number;
  failed: number;
  cancelled: number;
  queuedMs: number;
  mostMs: number;
  readonly buckets: number[];
}

const slices: Slice[] = [];
/** When the page began to watch. */
let start: number | undefined;

/** Draws how often things end and how long they take, in the last half minute. */
export function drawRates(ended: readonly TallyRow[], now: number): void {
  start ??= now;
  slices.push({ at: now, rows: ended });
  while (slices[0]!.at < now - WINDOW_MS) slices.shift();
  const seconds = Math.max(1, Math.min(WINDOW_MS, now - start) / 1_000);
  const rates = ratesOf(slices).toSorted((a, b) => b.count - a.count);
  const perSecond = ({ count: ended }: Rate): string => {
    const rate = ended / seconds;
    return rate < 10 ? rate.toFixed(1) : count(Math.round(rate));
  };
  const columns: readonly Column<Rate>[] = [
    { head: "what", cell: nameOf },
    { head: "per second", isNumber: true, cell: perSecond },
    { head: "median", isNumber: true, cell: (rate) => time(quantile(rate, 0.5)) },
    { head: "p99", isNumber: true, cell: (rate) => time(quantile(rate, 0.99)) },
    { head: "longest", isNumber: true, cell: ({ mostMs }) => time(mostMs) },
    { head: "in queue", isNumber: true, cell: queued },
    { head: "failed", isNumber: true, cell: ({ failed }) => (failed === 0 ? "" : count(failed)) },
    {
      head: "cancelled",
      isNumber: true,
      cell: ({ cancelled }) => (cancelled === 0 ? "" : count(cancelled)),
    },
  ];
  drawTable(byId("rates"), columns, rates.slice(0, MOST_ROWS), "nothing has ended since you look");
}

function ratesOf(all: readonly Slice[]): Rate[] {
  const byKey = new Map<string, Rate>();
  for (const row of all.flatMap(({ rows }) => rows)) {
    const name = patternOf(row.name);
    const key = `${row.category} ${name.key}`;
    let rate = byKey.get(key);
    if (rate === undefined) {
      const { category } = row;
      const none = { count: 0, failed: 0, cancelled: 0, queuedMs: 0, mostMs: 0 };
      byKey.set(key, (rate = { category, name, ...none, buckets: [] }));
    }
    widen(rate.name, name);
    rate.count += row.count;
    rate.failed += row.failed;
    rate.cancelled += row.cancelled;
    rate.queuedMs += row.queuedMs;
    rate.mostMs = Math.max(rate.mostMs, row.mostMs);
    for (const [index, number] of row.buckets.entries()) {
      rate.buckets[index] = (rate.buckets[index] ?? 0) + number;
    }
  }
  return [...byKey.values()];
}

function nameOf({ category, name }: Rate): string {
  return category === "teardown" ? textOf(name) : `${category} ${textOf(name)}`;
}

/** The upper end of the bucket in which it is. */
function quantile({ buckets, count: all, mostMs }: Rate, part: number): number {
  let left = Math.ceil(all * part);
  for (const [index, number] of buckets.entries()) {
    left -= number;
    if (left <= 0) return Math.min(mostMs, bucketMs(index));
  }
  return mostMs;
}

function queued({ category, queuedMs, count: all }: Rate): string {
  return category === "thread" ? time(queuedMs / all) : "";
}

function time(ms: number): string {
  return ms < 10 ? `${ms.toFixed(ms < 1 ? 2 : 1)} ms` : duration(ms);
}
