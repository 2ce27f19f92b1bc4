import { type Bar, layOut } from "../observe/span-rows.ts";
import type { SpanPart } from "../observe/page/feed.ts";
import { byId } from "./element.ts";

/** How far back it goes, in microseconds. */
const WINDOW = 15_000_000;
const ROW = 20;
const LABEL = 74;
/** More rows than these nobody sees. */
const MOST_ROWS = 30;

/** A span as it is drawn: on the event loop, or in a thread. */
interface Drawn extends Bar {
  readonly name: string;
  readonly category: string;
  readonly isOpen: boolean;
}

interface Row {
  readonly label: string;
  readonly bars: readonly Drawn[];
}

const spans = new Map<number, SpanPart>();
let last = 0;
/** What stands where, for whoever points at it. */
let placed: { x: number; y: number; width: number; bar: Drawn }[] = [];

/** Takes what has begun and ended, and forgets what is over. */
export function noteSpans(parts: readonly SpanPart[], at: number): void {
  last = at;
  for (const part of parts) spans.set(part.id, part);
  for (const [id, { to }] of spans) if (to !== undefined && to < at - WINDOW) spans.delete(id);
}

/** Draws the last seconds. */
export function drawTimeline(): void {
  const canvas = byId<HTMLCanvasElement>("timeline");
  const rows = rowsOf();
  const width = canvas.clientWidth;
  const height = Math.max(1, rows.length) * ROW + ROW;
  const density = window.devicePixelRatio;
  canvas.style.height = `${height}px`;
  canvas.width = width * density;
  canvas.height = height * density;
  const pen = canvas.getContext("2d")!;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`);
  const xOf = (time: number): number =>
    LABEL + ((time - (last - WINDOW)) / WINDOW) * (width - LABEL);
  pen.scale(density, density);
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  placed = [];
  drawScale(pen, xOf, height, colour);
  for (const [index, { label, bars }] of rows.entries()) {
    const y = index * ROW;
    pen.fillStyle = colour("quiet");
    pen.fillText(label, 0, y + ROW / 2, LABEL - 6);
    for (const bar of bars) drawBar(pen, bar, xOf, y, colour);
  }
  if (spans.size === 0) {
    pen.fillStyle = colour("quiet");
    pen.fillText("nothing has begun since you look", LABEL + 8, ROW / 2);
  }
}

/** Says what stands where somebody points. */
export function tellOnHover(): void {
  const canvas = byId<HTMLCanvasElement>("timeline");
  canvas.addEventListener("mousemove", ({ offsetX, offsetY }) => {
    const found = placed.findLast(
      ({ x, y, width }) =>
        x <= offsetX && offsetX <= x + width && y <= offsetY && offsetY <= y + ROW,
    );
    canvas.title = found === undefined ? "" : sentence(found.bar);
  });
}

function sentence({ category, name, from, to, isOpen }: Drawn): string {
  return `${category} ${name}, ${((to - from) / 1_000).toFixed(1)} ms${isOpen ? " so far" : ""}`;
}

function rowsOf(): Row[] {
  const drawn = new Map<number, Drawn & { parent: Drawn | null }>();
  const parts = [...spans.values()].toSorted((a, b) => a.from - b.from || a.id - b.id);
  for (const { id, name, category, parent, from, to } of parts) {
    const above = parent === undefined ? undefined : drawn.get(parent);
    drawn.set(id, {
      name,
      category,
      parent: above ?? null,
      from,
      to: to ?? last,
      isOpen: to === undefined,
    });
  }
  const rows = eventLoopRows([...drawn.values()]);
  const omitted = rows.length - MOST_ROWS;
  if (omitted > 0) rows.splice(MOST_ROWS, omitted, { label: `and ${omitted} more`, bars: [] });
  return [...rows, ...threadRows(parts)];
}

/** Those inside of others stand below them. */
function eventLoopRows(bars: readonly Drawn[]): Row[] {
  const rowOf = layOut(bars);
  const rows: Drawn[][] = [];
  const byRow = new Map<number, Drawn[]>();
  for (const bar of bars) byRow.set(rowOf.get(bar)!, [...(byRow.get(rowOf.get(bar)!) ?? []), bar]);
  for (const [, own] of [...byRow].toSorted(([a], [b]) => a - b)) {
    const first = rows.length;
    for (const bar of own) {
      const row = first + depthOf(bar, rowOf);
      (rows[row] ??= []).push(bar);
    }
  }
  return Array.from(rows, (row, index) => ({
    label: index === 0 ? "event loop" : "",
    bars: row ?? [],
  }));
}

function depthOf(bar: Bar, rowOf: ReadonlyMap<Bar, number>): number {
  let depth = 0;
  for (let above = bar.parent; above !== null; above = above.parent) {
    if (rowOf.get(above) === rowOf.get(bar)) depth += 1;
  }
  return depth;
}

function threadRows(parts: readonly SpanPart[]): Row[] {
  const byThread = new Map<number, Drawn[]>();
  for (const { name, category, thread, to } of parts) {
    if (thread === undefined) continue;
    const bar = {
      name,
      category,
      parent: null,
      from: thread.from,
      to: to ?? last,
      isOpen: to === undefined,
    };
    byThread.set(thread.id, [...(byThread.get(thread.id) ?? []), bar]);
  }
  return [...byThread]
    .toSorted(([a], [b]) => a - b)
    .map(([id, bars]) => ({ label: `thread ${id}`, bars }));
}

function drawScale(
  pen: CanvasRenderingContext2D,
  xOf: (time: number) => number,
  height: number,
  colour: (name: string) => string,
): void {
  for (let back = 0; back <= WINDOW; back += 5_000_000) {
    const x = xOf(last - back);
    pen.fillStyle = colour("line");
    pen.fillRect(x - (back === 0 ? 1 : 0), 0, 1, height - ROW);
    pen.fillStyle = colour("quiet");
    pen.textAlign = back === 0 ? "right" : back === WINDOW ? "left" : "center";
    pen.fillText(back === 0 ? "now" : `−${back / 1_000_000} s`, x, height - ROW / 2);
  }
  pen.textAlign = "left";
}

function drawBar(
  pen: CanvasRenderingContext2D,
  bar: Drawn,
  xOf: (time: number) => number,
  y: number,
  colour: (name: string) => string,
): void {
  const x = Math.max(LABEL, xOf(bar.from));
  const width = Math.max(1, xOf(bar.to) - x);
  pen.fillStyle = colour(bar.category);
  pen.fillRect(x, y + 1, width, ROW - 2);
  placed.push({ x, y, width, bar });
  if (width < 24) return;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width - 2, ROW);
  pen.clip();
  pen.fillStyle = colour("on-bar");
  pen.fillText(bar.name, x + 4, y + ROW / 2);
  pen.restore();
}
