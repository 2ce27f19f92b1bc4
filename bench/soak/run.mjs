/**
 * `npm run soak -- --minutes 30`: a server-like mix at a steady rate, and what of it grows. Every five seconds the heap after a
 * collection, the process's memory, what keeps it alive, and the latencies of the requests since; at the end a plot, and the
 * slopes. The result goes to SOAK.md and soak.svg.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as elapsed } from "node:timers/promises";
import { parseArgs } from "node:util";
import { taskTree } from "skein";
import { collect } from "../harness/collect.mjs";
import { machine } from "../harness/machine.mjs";
import { quantile } from "../harness/statistics.mjs";
import { curves } from "./curves.mjs";
import { request } from "./request.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    rate: { type: "string", default: "100" },
    keep: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
const SAMPLE_MS = 5_000;
/** Compiled code and caches fill up in the first part. */
const WARM = 0.2;
/** The heap breathes; what leaks a byte a request shows in an hour. */
const MOST_BYTES_A_REQUEST = 20;

const counts = { done: 0, late: 0, gone: 0 };
let latencies = [];

async function serve(number) {
  const client = new AbortController();
  // One in fifty has too little time, and one client in twenty goes before it is answered.
  const timeoutMs = number % 50 === 0 ? 2 : 30_000;
  const leaving =
    number % 20 === 7 ? setTimeout(() => client.abort("gone"), number % 9) : undefined;
  const began = performance.now();
  try {
    await request(number, timeoutMs, client.signal);
    counts.done += 1;
    latencies.push(performance.now() - began);
  } catch (error) {
    if (error === "gone") counts.gone += 1;
    else if (error?.name === "TimeoutError") counts.late += 1;
    else throw error;
  } finally {
    clearTimeout(leaving);
  }
}

function sample(began) {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const taken = latencies;
  latencies = [];
  return {
    minute: (performance.now() - began) / 60_000,
    heapMb: heapUsed / 1e6,
    rssMb: rss / 1e6,
    handles: process.getActiveResourcesInfo().length,
    p50Ms: taken.length === 0 ? 0 : quantile(taken, 0.5),
    p99Ms: taken.length === 0 ? 0 : quantile(taken, 0.99),
  };
}

/** By least squares. */
function slope(samples, of) {
  const n = samples.length;
  const meanX = samples.reduce((sum, { minute }) => sum + minute, 0) / n;
  const meanY = samples.reduce((sum, one) => sum + of(one), 0) / n;
  let above = 0;
  let below = 0;
  for (const one of samples) {
    above += (one.minute - meanX) * (of(one) - meanY);
    below += (one.minute - meanX) ** 2;
  }
  return above / below;
}

const began = performance.now();
const end = began + minutes * 60_000;
const samples = [];
const running = new Set();
let number = 0;
let nextSample = began + SAMPLE_MS;
while (performance.now() < end) {
  const due = Math.floor(((performance.now() - began) / 1_000) * rate);
  while (number < due) {
    const serving = serve(number++).finally(() => running.delete(serving));
    running.add(serving);
  }
  if (performance.now() >= nextSample) {
    nextSample += SAMPLE_MS;
    samples.push(sample(began));
    const { minute, heapMb, rssMb, p50Ms, p99Ms } = samples.at(-1);
    console.log(
      `${minute.toFixed(1)} min: heap ${heapMb.toFixed(1)} MB, memory ${rssMb.toFixed(0)} MB, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${running.size} in flight`,
    );
  }
  await elapsed(2);
}
await Promise.all(running);

const lasting = samples.slice(Math.floor(samples.length * WARM));
const bytes = (slope(lasting, ({ heapMb }) => heapMb) * 1e6) / (rate * 60);
const left = taskTree().roots.length;
const rows = [
  [
    "requests",
    `${number}: ${counts.done} answered, ${counts.late} late, ${counts.gone} clients gone`,
  ],
  ["heap after a collection, slope", `${bytes.toFixed(1)} bytes a request`],
  [
    "heap, first and last",
    `${lasting[0].heapMb.toFixed(1)} MB, ${lasting.at(-1).heapMb.toFixed(1)} MB`,
  ],
  ["memory, slope", `${slope(lasting, ({ rssMb }) => rssMb).toFixed(2)} MB a minute`],
  ["p99, slope", `${slope(lasting, ({ p99Ms }) => p99Ms).toFixed(2)} ms a minute`],
  ["handles at most", `${Math.max(...lasting.map(({ handles }) => handles))}`],
  ["scopes left at the end", `${left}`],
];
const table = rows.map(([what, value]) => `| ${what} | ${value} |`).join("\n");
console.log(`\n${table}`);
if (values.keep) {
  const about = `\`npm run soak -- --minutes ${minutes} --rate ${rate}\` on ${machine()}.`;
  const text = `# Soak\n\nRequests with providers, groups, channels, threads, deadlines and clients that go, at a steady rate. ${about}\n\n| | |\n| --- | --- |\n${table}\n\n![heap, memory and latencies over time](soak.svg)\n`;
  writeFileSync(new URL("../SOAK.md", import.meta.url), text);
  writeFileSync(new URL("../soak.svg", import.meta.url), curves(samples));
}
if (left > 0 || counts.done === 0 || (minutes >= 10 && bytes > MOST_BYTES_A_REQUEST))
  process.exitCode = 1;
