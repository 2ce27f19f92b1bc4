import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { same } from "../harness/same.mjs";

const program = fileURLToPath(new URL("../harness/exit-program.mjs", import.meta.url));

/** From the last result to the end of the process, measured from outside. */
const exitOf = (contender) => async (size, stopwatch) => {
  same(size, 1);
  const child = fork(program, [contender], { execArgv: [] });
  let last;
  child.on("message", (time) => (last = BigInt(time)));
  const [code] = await once(child, "exit");
  const end = process.hrtime.bigint();
  same(code, 0);
  stopwatch.add(NaN, Number(end - last));
};

export default {
  id: "W10f",
  title: "The end of a process that has used a thread",
  about:
    "A process makes one call in a thread and has nothing more to do: from the result to its end. workerpool keeps it alive and is told to end.",
  operation: "process",
  clock: "wall",
  enoughMs: 12_000,
  size: 1,
  floor: { name: "a bare worker, unref()", run: exitOf("raw") },
  ours: [
    { name: "Threadpool.run", goal: { 20: "15 ms", 24: "15 ms" }, make: () => exitOf("ours") },
  ],
  rivals: ["tinypool", "piscina", "workerpool"].map((name) => ({ name, make: () => exitOf(name) })),
};
