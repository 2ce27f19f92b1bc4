import { setTimeout } from "node:timers/promises";
import { same } from "../harness/same.mjs";
import { quantile } from "../harness/statistics.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { pools, rivalPools } from "../rivals/thread-pools.mjs";

/** Before the calls become rare. */
const IN_USE = 200;

/** The time is the median of the calls; the CPU time is that of the process, what the pauses cost included. */
function apart(pauseMs, run) {
  return async (size, stopwatch) => {
    for (let i = 0; i < IN_USE; i++) await run("same", i);
    const latencies = [];
    const before = process.cpuUsage();
    for (let i = 0; i < size; i++) {
      await setTimeout(pauseMs);
      const start = performance.now();
      same(await run("same", i), i);
      latencies.push(performance.now() - start);
    }
    const { user, system } = process.cpuUsage(before);
    stopwatch.add((user + system) * 1e3, quantile(latencies, 0.5) * 1e6 * size);
    stopwatch.note("p90 µs", quantile(latencies, 0.9) * 1e3);
    stopwatch.note("CPU µs per call", (user + system) / size);
  };
}

/** It is opened by the first run: this file is also read where no other library is installed. */
function piscina() {
  let opened;
  return async (name, value) => (await (opened ??= pools.piscina(1))).run(name, value);
}

function workload(pauseMs) {
  return {
    id: `W10i-${pauseMs}ms`,
    title: `Calls ${pauseMs} ms apart`,
    about:
      "A function that returns its argument, in one thread that has had nothing to do for a while. The time is the median. Here piscina is the floor: what is by hand is not what to be measured by, since it does not have to find a thread.",
    operation: "call",
    clock: "wall",
    enoughMs: 12_000,
    size: 100,
    paced: true,
    goal: { 20: 1, 24: 1 },
    floor: { name: "piscina", rival: true, run: apart(pauseMs, piscina()) },
    ours: [{ name: "Threadpool.run", make: (library) => apart(pauseMs, ourPool(library, 1).run) }],
    rivals: [
      {
        name: "postMessage to a bare worker and back",
        make() {
          const raw = new RawThread();
          return apart(pauseMs, (name, value) => raw.run(name, value));
        },
      },
      { name: "no call at all", make: () => apart(pauseMs, async (_, value) => value) },
      ...rivalPools(1, ({ run }) => apart(pauseMs, run), {
        of: Object.keys(pools).filter((name) => name !== "piscina"),
        selected: [],
      }),
    ],
  };
}

export default [2, 5, 20].map(workload);
