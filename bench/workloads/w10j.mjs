import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { same } from "../harness/same.mjs";

const program = fileURLToPath(new URL("../harness/first-call-program.mjs", import.meta.url));

/** The same in each process, which tells its times itself: what Node takes to start is not in them. */
const firstCallOf = (contender) => async (size, stopwatch) => {
  same(size, 1);
  const child = fork(program, [contender], { execArgv: [], timeout: 10_000 });
  const [[begin, loaded, opened, first, second]] = await once(child, "message");
  await once(child, "exit");
  stopwatch.add(NaN, (first - begin) * 1e6);
  stopwatch.note("µs to import", (loaded - begin) * 1e3);
  stopwatch.note("to open", (opened - loaded) * 1e3);
  stopwatch.note("to the first result", (first - opened) * 1e3);
  stopwatch.note("to the second", (second - first) * 1e3);
};

export default {
  id: "W10j",
  title: "The first call of a process",
  about:
    "A process imports a library, opens a pool of one thread and makes a call in it: from the beginning of its program to the result. The second call is in the table only.",
  operation: "process",
  clock: "wall",
  enoughMs: 12_000,
  size: 1,
  floor: { name: "a bare worker", run: firstCallOf("raw") },
  ours: [{ name: "Threadpool.run", goal: { 20: 1.3, 24: 1.3 }, make: () => firstCallOf("ours") }],
  rivals: ["piscina", "tinypool"].map((name) => ({ name, make: () => firstCallOf(name) })),
};
