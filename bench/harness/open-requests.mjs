/**
 * A server with many requests open at once, each of which waits for something under a deadline of its own: what one of them
 * holds in memory, and how long a turn of the event loop takes that ends some of them and begins others.
 */
import { setImmediate } from "node:timers/promises";
import { Event, taskGroup } from "skein";
import { collect } from "./collect.mjs";
import { same } from "./same.mjs";
import { quantile } from "./statistics.mjs";

const HOUR = 3_600_000;
const TURNS = 400;
const REQUESTS_PER_TURN = 20;
/** The quietest of so many counts, for whatever else the machine does can only add. */
const SAMPLES = 3;

/** Each opens a root, under which requests begin; a request ends when it is told to, or with the root. */
export const servers = {
  "taskGroup with a task that waits"() {
    let root;
    let end;
    const ending = taskGroup(async (group) => {
      root = group;
      await new Promise((resolve) => (end = resolve));
    });
    const begin = () => {
      const told = new Event();
      const done = taskGroup((group) => group.spawn((task) => told.wait(task)), {
        scope: root,
        timeoutMs: HOUR,
      });
      return { end: () => told.set(), done };
    };
    return { begin, close: () => (end(), ending) };
  },
  "by hand"() {
    const open = new Set();
    const begin = () => {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new Error("late")), HOUR);
      open.add(controller);
      let end;
      const waiting = new Promise((resolve, reject) => {
        end = resolve;
        controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
      });
      const request = async () => {
        try {
          await waiting;
        } finally {
          clearTimeout(timer);
          open.delete(controller);
        }
      };
      return { end, done: request() };
    };
    return { begin, close: () => same(open.size, 0) };
  },
};

/** Bytes per open request, and the turns of the event loop in milliseconds, with `size` of them open all the time. */
export async function withOpen(start, size) {
  const bytes = [];
  const p99s = [];
  const longest = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const server = start();
    collect();
    await setImmediate();
    const before = process.memoryUsage().heapUsed;
    const requests = [];
    await beginMore(server, requests, size);
    collect();
    bytes.push((process.memoryUsage().heapUsed - before) / size);
    const turns = await turnsOf(server, requests);
    p99s.push(quantile(turns, 0.99));
    longest.push(Math.max(...turns));
    await endAll(server, requests);
  }
  return { bytes: Math.min(...bytes), p99: Math.min(...p99s), longest: Math.min(...longest) };
}

async function beginMore(server, requests, size) {
  while (requests.length < size) {
    for (let i = 0; i < REQUESTS_PER_TURN; i++) requests.push(server.begin());
    await setImmediate();
  }
}

async function turnsOf(server, requests) {
  const turns = [];
  let next = 0;
  await setImmediate();
  let begin = performance.now();
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < REQUESTS_PER_TURN; i++) {
      requests[next].end();
      requests[next] = server.begin();
      next = (next + 1) % requests.length;
    }
    await setImmediate();
    const now = performance.now();
    turns.push(now - begin);
    begin = now;
  }
  return turns;
}

async function endAll(server, requests) {
  for (const { end } of requests) end();
  for (const { done } of requests) await done;
  await server.close();
}
