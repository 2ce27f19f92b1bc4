// Draws a trace and the task tree of a small program: node examples/observing/main.ts docs/images/observing.svg
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  defaultThreadpool,
  input,
  provide,
  resolveDependencies,
  sleep,
  type TaskScope,
  taskGroup,
  taskTree,
  trace,
} from "skein";

interface Span {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
}

let tree = "";

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

const id = input<number>()("id");
const transaction = provide(
  async function* (_, { scope }) {
    await sleep(8, scope);
    yield "a transaction";
    await sleep(6);
  },
  { name: "transaction" },
);
const user = provide({ transaction, id }, async ({ id }, { scope }) => sleep(10 + 10 * id, scope), {
  name: "user",
});
const orders = provide({ transaction }, async (_, { scope }) => sleep(25, scope), {
  name: "orders",
});

function page(task: TaskScope, id: number): Promise<void> {
  return resolveDependencies({ user, orders }, { inputs: { id }, scope: task }, () =>
    taskGroup(
      (group) => {
        group.spawn((own) => sleep(12, own), { name: "advertisements" });
        group.spawn((own) => defaultThreadpool().run(busy, [15], { scope: own, name: "render" }), {
          name: "template",
        });
      },
      { scope: task, name: `page ${id}` },
    ),
  );
}

await defaultThreadpool().run(busy, [1]);
const file = "observing-trace.json";
const recording = trace(file);
await taskGroup(
  async (group) => {
    for (const id of [1, 2]) group.spawn((task) => page(task, id), { name: `request ${id}` });
    await sleep(38, group);
    tree = String(taskTree());
  },
  { name: "server" },
);
await recording.stop();
const { traceEvents } = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: Span[] };
rmSync(file);
const spans = traceEvents.filter(({ ph }) => ph === "X");

const start = Math.min(...spans.map(({ ts }) => ts));
const end = Math.max(...spans.map(({ ts, dur }) => ts + dur));
const scale = 680 / (end - start);
const rowsOf = new Map<number, number>();
let rows = 0;
const depthOf = (span: Span): number =>
  spans.filter(
    (other) =>
      other !== span &&
      other.tid === span.tid &&
      other.ts <= span.ts &&
      other.ts + other.dur >= span.ts + span.dur,
  ).length;
for (const lane of [...new Set(spans.map(({ tid }) => tid))].toSorted((a, b) => a - b)) {
  rowsOf.set(lane, rows);
  rows += 1 + Math.max(...spans.filter(({ tid }) => tid === lane).map(depthOf));
}

const colours: Readonly<Record<string, string>> = {
  task: "#a8c5e8",
  provider: "#b5d9a5",
  teardown: "#d5d5d5",
  thread: "#f0b97d",
};
const text = (x: number, y: number, content: string): string =>
  `<text x="${x}" y="${y}">${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
const bars = spans.map((span) => {
  const x = 10 + (span.ts - start) * scale;
  const y = 10 + 22 * (rowsOf.get(span.tid)! + depthOf(span));
  const fill = colours[span.cat];
  const bar = `<rect x="${x.toFixed(1)}" y="${y}" width="${(span.dur * scale).toFixed(1)}" height="20" fill="${fill}" stroke="#fff"/>`;
  const label = span.cat === "teardown" ? "teardown" : span.name;
  return bar + text(Math.round(x) + 4, y + 14, label);
});
const lines = tree.split("\n").map((line, i) => text(10, 40 + 22 * rows + 15 * i, line));
const height = 50 + 22 * rows + 15 * lines.length;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="${height}" font-family="monospace" font-size="11" xml:space="preserve">
<rect width="700" height="${height}" fill="#fff"/>
${[...bars, ...lines].join("\n")}
</svg>
`;
writeFileSync(process.argv[2] ?? "observing.svg", svg);
