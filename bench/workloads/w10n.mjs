import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { killers } from "../rivals/thread-pools.mjs";

const IDLE_MS = 3_000;
const program = fileURLToPath(new URL("../harness/idle-program.mjs", import.meta.url));

/** What a process takes that does nothing more, in each second. */
const idle = (contender) => async (size, stopwatch) => {
  const child = fork(program, [contender, String(IDLE_MS)], { execArgv: [], timeout: 15_000 });
  const [cpuUs] = await once(child, "message");
  await once(child, "exit");
  const perSecond = cpuUs / (IDLE_MS / 1e3);
  // Some versions tell no time at all, and a ratio needs one.
  stopwatch.add(Math.max(perSecond, 1) * 1e3 * size, NaN);
  stopwatch.note("CPU µs", perSecond);
};

export default {
  id: "W10n",
  title: "A pool that has nothing to do",
  about: `A process has made some calls in two threads and does nothing more: its CPU time in a second, measured over ${IDLE_MS / 1e3} of them. What the floor takes is Node's own.`,
  operation: "second",
  enoughMs: 12_000,
  size: 1,
  paced: true,
  floor: { name: "two bare workers", run: idle("raw") },
  ours: [
    {
      name: "Threadpool.run",
      goal: { 20: "what the floor takes", 24: "what the floor takes" },
      make: () => idle("ours"),
    },
  ],
  rivals: killers.map((name) => ({ name, slow: name !== "piscina", make: () => idle(name) })),
};
