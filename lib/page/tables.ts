import { duration } from "../cli/duration.ts";
import type { ProcessReport } from "../observe/process-report.ts";
import { byId, element } from "./element.ts";
import { shortPlace, titled } from "./places.ts";
import { type Column, count, drawTable, fill } from "./table.ts";

type Channel = NonNullable<ProcessReport["channels"]>[number];
type Limiter = NonNullable<ProcessReport["limiters"]>[number];
type Lifetime = NonNullable<ProcessReport["lifetimes"]>[number];
type Pool = ProcessReport["pools"][number];
type Thread = Pool["threads"][number];

function made({ site, id }: { readonly site?: string; readonly id: number }): Node {
  return element("span", titled(site), shortPlace(site, id));
}

const CHANNELS: readonly Column<Channel>[] = [
  { head: "opened at", cell: made },
  { head: "buffer", cell: ({ buffered, capacity }) => fill(buffered ?? 0, capacity) },
  { head: "wait to send", isNumber: true, cell: (row) => waiting(row.waitingToSend) },
  { head: "wait to receive", isNumber: true, cell: (row) => count(row.waitingToReceive ?? 0) },
];

const LIMITERS: readonly Column<Limiter>[] = [
  { head: "made at", cell: made },
  { head: "kind", cell: kindOf },
  { head: "in use", cell: inUse },
  { head: "waiting", isNumber: true, cell: ({ figures }) => waiting(figures["waiting"]) },
];

const LIFETIMES: readonly Column<Lifetime>[] = [
  { head: "lifetime", cell: (row) => element("span", titled(row.site), nameOf(row)) },
  { head: "holds", cell: ({ holds }) => listed(holds) },
  { head: "makes", cell: ({ makes }) => listed(makes) },
  { head: "resolutions in it", isNumber: true, cell: ({ resolutions }) => count(resolutions) },
];

const THREADS: readonly Column<Thread>[] = [
  { head: "thread", cell: ({ id }) => String(id) },
  { head: "runs", cell: (thread) => doing(thread) },
  {
    head: "for",
    isNumber: true,
    cell: ({ call }) => (call === undefined ? "" : duration(call.forMs)),
  },
];

/** Draws what a report says beside tasks. */
export function drawTables({
  pools,
  channels = [],
  limiters = [],
  lifetimes = [],
}: ProcessReport): void {
  drawPools(byId("threads"), pools);
  const crowded = (row: Channel): number =>
    (row.waitingToSend ?? 0) + (row.waitingToReceive ?? 0) + (row.buffered ?? 0);
  drawTable(byId("channels"), CHANNELS, mostFirst(channels, crowded), "no channel is open");
  const wanted = ({ figures }: Limiter): number =>
    (figures["waiting"] ?? 0) * 1e6 + (figures["used"] ?? 0);
  drawTable(byId("limiters"), LIMITERS, mostFirst(limiters, wanted), "there is no limiter");
  drawTable(
    byId("lifetimes"),
    LIFETIMES,
    mostFirst(lifetimes, ({ holds }) => holds.length),
    "no lifetime is open",
  );
}

const MOST_ROWS = 50;

function mostFirst<Row>(rows: readonly Row[], of: (row: Row) => number): Row[] {
  return rows.toSorted((a, b) => of(b) - of(a)).slice(0, MOST_ROWS);
}

function drawPools(into: HTMLElement, pools: readonly Pool[]): void {
  if (pools.length === 0) {
    into.replaceChildren(element("p", { class: "none" }, "no thread pool has threads"));
    return;
  }
  into.replaceChildren(
    ...pools.flatMap(({ running, queued, completed, threads }) => {
      const table = element("div", {});
      drawTable(table, THREADS, threads, "it has no thread");
      const figures = `${count(running)} running, ${count(queued)} queued, ${count(completed)} completed`;
      return [element("p", {}, figures), table];
    }),
  );
}

function doing({ call, phase, awaitsCallback, sessions }: Thread): string {
  const parts: string[] = [];
  if (call !== undefined) parts.push(call.name);
  if (awaitsCallback === true) parts.push("waits for a callback");
  if (sessions !== undefined) parts.push(`holds ${sessions} generators`);
  if (phase !== "up") parts.push(phase);
  return parts.join(", ") || "idle";
}

function kindOf({ kind, figures: { limit, perMs } }: Limiter): string {
  return limit === undefined ? kind : `${kind}, ${count(limit ?? 0)} in ${duration(perMs ?? 0)}`;
}

function inUse({ figures: { total, used, burst, available } }: Limiter): Node {
  if (used !== undefined) return fill(used ?? 0, total ?? null);
  return fill((burst ?? 0) - (available ?? 0), burst ?? null);
}

function waiting(number: number | null | undefined): Node {
  const value = number ?? 0;
  return element("span", value > 0 ? { class: "crowded" } : {}, count(value));
}

function nameOf({ name, isOpen }: Lifetime): string {
  return isOpen ? name : `${name}, closing`;
}

function listed(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, times]) => (times === 1 ? name : `${name} ×${count(times)}`))
    .join(", ");
}
