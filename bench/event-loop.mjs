/**
 * `npm run bench -- event-loop`: what a plain function of 30 ms does to the other requests of a server, and how long it goes on
 * when its client has left: called on the event loop, and in a thread under the scope of its request. Draws the picture of README.md.
 * What else the machine does can only add to a round, so the quietest one counts, of each.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { setTimeout as elapsed } from "node:timers/promises";
import { eventLoopPicture } from "./harness/event-loop-picture.mjs";
import { machine } from "./harness/machine.mjs";
import { quantile } from "./harness/statistics.mjs";

const ROUNDS = 12;
const SECONDS = 2;
const BLOCK_MS = 30;
const LONG_MS = 2_000;
const LEAVES_AFTER_MS = 100;
const QUICK_EVERY_MS = 7;
/** Not a multiple of the other, so that they meet at every distance. */
const HEAVY_EVERY_MS = 101;
const VISITS = 5;

const cases = [
  { name: "alone", place: "thread", heavy: false },
  { name: "beside 10 calls a second on the event loop", place: "loop", heavy: true },
  { name: "beside 10 calls a second of runInThreadpool", place: "thread", heavy: true },
];
const latencies = new Map(cases.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const { name, place, heavy } of cases) latencies.get(name).push(await load(place, heavy));
}
const left = [];
for (const place of ["loop", "thread"]) left.push({ place, ms: await afterLeaving(place) });

const rows = cases.map(({ name }) => {
  const rounds = latencies.get(name);
  const quietest = (share) => Math.min(...rounds.map((times) => quantile(times, share)));
  return { name, p50: quietest(0.5), p99: quietest(0.99) };
});
const results = { machine: machine(), rows, left, LEAVES_AFTER_MS, LONG_MS, BLOCK_MS };
console.log(results.machine);
for (const { name, p50, p99 } of rows) {
  console.log(`${name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms in the quietest round`);
}
for (const { place, ms } of left) {
  console.log(`the client leaves, ${place}: computed for another ${ms.toFixed(1)} ms`);
}
writeFileSync(new URL("../docs/images/event-loop.svg", import.meta.url), eventLoopPicture(results));

/** Milliseconds from each moment at which a quick request was due, to its answer. */
async function load(place, heavy) {
  const server = await serve(place);
  const agent = new Agent({ keepAlive: true });
  const request = (path) => received(server.url + path, agent);
  await Promise.all([request("/quick"), request(`/heavy?ms=${BLOCK_MS}`)]);
  const times = [];
  const pending = [];
  const start = performance.now();
  let quick = 0;
  let slow = 0;
  for (;;) {
    const now = performance.now() - start;
    if (now > SECONDS * 1_000) break;
    for (; quick * QUICK_EVERY_MS <= now; quick++) {
      const due = start + quick * QUICK_EVERY_MS;
      pending.push(request("/quick").then(() => times.push(performance.now() - due)));
    }
    for (; heavy && slow * HEAVY_EVERY_MS <= now; slow++) {
      pending.push(request(`/heavy?ms=${BLOCK_MS}`));
    }
    await elapsed(1);
  }
  await Promise.all(pending);
  agent.destroy();
  server.end();
  return times;
}

/** The median of how long a computation goes on after its client has left. */
async function afterLeaving(place) {
  const server = await serve(place);
  await received(`${server.url}/heavy?ms=1`);
  const times = [];
  for (let n = 0; n < VISITS; n++) {
    const ended = once(server.process, "message");
    const request = get(`${server.url}/heavy?ms=${LONG_MS}&tell`);
    request.on("error", () => {});
    await elapsed(LEAVES_AFTER_MS);
    request.destroy();
    const leftAt = process.hrtime.bigint();
    const [at] = await ended;
    times.push(Number(BigInt(at) - leftAt) / 1e6);
  }
  server.end();
  return quantile(times, 0.5);
}

async function serve(place) {
  const child = fork(new URL("harness/event-loop-server.mjs", import.meta.url), [place]);
  const [port] = await once(child, "message");
  return { process: child, url: `http://127.0.0.1:${port}`, end: () => child.kill() };
}

function received(url, agent) {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      response.resume();
      response.once("end", resolve);
    });
    request.once("error", reject);
  });
}
