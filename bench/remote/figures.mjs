// How each figure is taken. Rounds of those that are compared take turns; of many values the median counts.
import { once } from "node:events";
import { Threadpool } from "skein";
import { listen, pause, spin, square } from "./jobs.mjs";

const ROUNDS = 12;
const ALONE = 60;
const TOGETHER = 1_500;
const IN_FLIGHT = 200;
const FOREIGN = 1_500;
const CANCELS = 30;
export const PAUSE_MS = 100;

/** One call at a time, and 200: milliseconds and calls a second. */
export async function calls(fleet) {
  const pool = new Threadpool({ maxThreads: 2 });
  const workers = ["ours", "bare"].map((kind) => fleet.worker(kind, 2));
  const subjects = {
    "bare BullMQ": fleet.bare,
    "skein/bullmq": fleet.ours,
    "a thread": (n) => pool.run(square, [n]),
  };
  const found = {};
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(subjects)) {
      const times = await alone(call);
      const busy = round % 3 === 0 ? [await together(fleet, call, TOGETHER)] : [];
      // The first round warms up.
      if (round === 0) continue;
      const known = (found[name] ??= { times: [], rates: [], cpus: [] });
      known.times.push(...times);
      known.rates.push(...busy.map(({ rate }) => rate));
      known.cpus.push(...busy.map(({ micros }) => micros));
    }
  }
  await pool.close();
  for (const worker of workers) await fleet.end(worker);
  return Object.entries(found).map(([name, { times, rates, cpus }]) => ({
    name,
    ms: median(times),
    rate: median(rates),
    redisMicros: median(cpus),
  }));
}

/** What a caller pays for a call of another: microseconds. */
export async function foreign(fleet) {
  const found = [];
  for (const [name, kind, lanes] of [
    ["bare BullMQ, `QueueEvents`", "bare", 0],
    ["skein/bullmq, on the same lane", "ours", 1],
    ["skein/bullmq, on another lane", "ours", 1_024],
  ]) {
    const remote = kind === "ours" ? fleet.executor({ replyLanes: lanes }) : undefined;
    const call = remote === undefined ? fleet.bare : (n) => remote.run(square, [n]);
    const worker = fleet.worker(kind, 2);
    const listener = await fleet.listener(kind, lanes);
    await together(fleet, call, IN_FLIGHT);
    const before = await cpuOf(listener);
    await together(fleet, call, FOREIGN);
    const after = await cpuOf(listener);
    found.push({ name, micros: (after - before) / FOREIGN });
    await remote?.close();
    await fleet.end(listener);
    await fleet.end(worker);
  }
  return found;
}

/** From a cancellation until the call has settled: milliseconds. */
export async function cancels(fleet) {
  const worker = fleet.worker("ours", 2);
  await fleet.ours(1);
  const found = [
    { name: "runs, and looks (`checkCancelled`)", ms: await cancelled(fleet, listen, "cooperate") },
    { name: "runs, and its thread is ended", ms: await cancelled(fleet, spin, "kill") },
  ];
  await fleet.end(worker);
  found.unshift({ name: "waits in the queue", ms: await cancelled(fleet, square, "kill") });
  return found;
}

/** Calls a second with so many machines, each of four places, whose work is to wait. */
export async function machines(fleet) {
  const found = [];
  const workers = [];
  for (const count of [1, 2, 4]) {
    while (workers.length < count) workers.push(fleet.worker("ours", 4));
    const call = () => fleet.remote.run(pause, [PAUSE_MS]);
    await together(fleet, call, 40 * count);
    const { rate } = await together(fleet, call, 200 * count);
    found.push({ count, rate, most: (4 * count * 1_000) / PAUSE_MS });
  }
  for (const worker of workers) await fleet.end(worker);
  return found;
}

async function cancelled(fleet, fn, onCancel) {
  const times = [];
  for (let i = 0; i < CANCELS; i += 1) {
    const controller = new AbortController();
    const { signal } = controller;
    let onProgress;
    const begun = new Promise((resolve) => (onProgress = resolve));
    const call = fleet.remote.run(fn, [1], { signal, onCancel, onProgress });
    await (fn === square ? inQueue(fleet) : begun);
    const start = performance.now();
    controller.abort();
    await call.catch(() => {});
    times.push(performance.now() - start);
  }
  return median(times);
}

async function inQueue(fleet) {
  while ((await fleet.client.llen("bull:ours:wait")) === 0);
}

async function cpuOf(listener) {
  const told = once(listener, "message");
  listener.send("tell");
  const [{ user, system }] = await told;
  return user + system;
}

async function alone(call) {
  const times = [];
  for (let n = 0; n < ALONE; n += 1) {
    const start = performance.now();
    await check(call, n);
    times.push(performance.now() - start);
  }
  return times;
}

/** Calls a second, and what Redis needs of the processor for one. */
async function together(fleet, call, count) {
  const cpu = await fleet.redisCpu();
  const start = performance.now();
  let left = count;
  const lane = async () => {
    while (left > 0) await check(call, (left -= 1));
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, lane));
  const rate = (count / (performance.now() - start)) * 1_000;
  return { rate, micros: ((await fleet.redisCpu()) - cpu) / count };
}

async function check(call, n) {
  const value = await call(n);
  if (value !== undefined && value !== n * n) throw new Error(`${n} squared is not ${value}`);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
