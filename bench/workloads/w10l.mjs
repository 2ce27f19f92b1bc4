import { setTimeout } from "node:timers/promises";
import { fastapi } from "../harness/python-threadpool.mjs";
import { same } from "../harness/same.mjs";
import { quantile } from "../harness/statistics.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread, RawThreads } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const CONNECTIONS = 8;
const PAUSE_MS = 5;
/** From the first long call to the first short one that counts: a pool may start threads meanwhile. */
const SETTLE_MS = 150;
/** The short calls are fewer where each of them takes long. */
const LIMIT_MS = 600;

const IDLE = "2 × idle";
const long = [
  { id: "blocking", title: "that block for 30 ms", goal: IDLE, name: "blockFor", value: 30 },
  {
    id: "process",
    title: "that wait 30 ms for a child process",
    // To start a process takes Node milliseconds of a processor: eight at a time keep a small machine busy, whoever waits.
    goal: 1.5,
    name: "blockOnProcess",
    value: 30,
  },
  {
    id: "computing",
    title: "that compute for some 30 ms",
    goal: IDLE,
    name: "primesBelow",
    value: 400_000,
  },
];

function shortBeside(run, { name, value }) {
  return async (size, stopwatch) => {
    await latencies(run, size);
    const idle = await latencies(run, size);
    let going = true;
    let completed = 0;
    const connection = async () => {
      for (; going; completed++) await run(name, value);
    };
    const connections = Array.from({ length: CONNECTIONS }, connection);
    await setTimeout(SETTLE_MS);
    const start = performance.now();
    const before = completed;
    const beside = await latencies(run, size);
    const longPerSecond = ((completed - before) / (performance.now() - start)) * 1e3;
    going = false;
    await Promise.all(connections);
    told(stopwatch, size, { idle, beside, longPerSecond });
  };
}

/** In ms, of calls one after the other, with pauses. */
async function latencies(run, count) {
  const found = [];
  const end = performance.now() + LIMIT_MS;
  while (found.length < count && (performance.now() < end || found.length === 0)) {
    await setTimeout(PAUSE_MS);
    const start = performance.now();
    same(await run("same", 7), 7);
    found.push(performance.now() - start);
  }
  return found;
}

function told(stopwatch, size, { idle, beside, longPerSecond }) {
  const [alone, among] = [idle, beside].map((each) => quantile(each, 0.5));
  stopwatch.add(NaN, among * 1e6 * size);
  stopwatch.note("idle, p50 µs", alone * 1e3);
  stopwatch.note("p50 × idle", among / alone);
  stopwatch.note("p90 µs", quantile(beside, 0.9) * 1e3);
  stopwatch.note("long calls per s", longPerSecond);
}

function workload({ id, title, goal, ...call }) {
  const own = new RawThread();
  const others = new RawThreads(CONNECTIONS);
  const measured = (run) => shortBeside(run, call);
  return {
    id: `W10l-${id}`,
    title: `A short call beside ${CONNECTIONS} connections ${title}`,
    about: `A function that returns its argument is called every ${PAUSE_MS} ms while ${CONNECTIONS} connections make one long call after the other, in a pool with its default options. The time is the median.`,
    operation: "call",
    clock: "wall",
    enoughMs: 12_000,
    size: 20,
    paced: true,
    floor: {
      name: `a bare worker for the short calls, ${CONNECTIONS} for the others`,
      run: measured((name, value) => (name === "same" ? own : others).run(name, value)),
    },
    ours: [
      {
        name: "new Threadpool()",
        goal: { 20: goal, 24: goal },
        make: (library) => measured(ourPool(library).run),
      },
    ],
    rivals: [
      ...rivalPools(undefined, ({ run }) => measured(run), {
        of: ["piscina", "tinypool", "workerpool", "poolifier", "jest-worker"],
        selected: ["piscina"],
      }),
      fastapi((ask) => async (size, stopwatch) => {
        const question = {
          ask: "beside",
          ...call,
          // Python computes slower by some fifteen times.
          value: call.name === "primesBelow" ? 55_000 : call.value,
          calls: size,
          connections: CONNECTIONS,
          pauseMs: PAUSE_MS,
          settleMs: SETTLE_MS,
          limitMs: LIMIT_MS,
        };
        told(stopwatch, size, await ask(question));
      }),
    ],
  };
}

export default long.map(workload);
