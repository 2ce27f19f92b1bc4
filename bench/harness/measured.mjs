import { fork } from "node:child_process";

const program = new URL("measure.mjs", import.meta.url);
/** With its helper threads the collector would fall on whatever core is free: what a sample pays must be its own. */
const NODE = { execArgv: ["--expose-gc", "--single-threaded-gc"], serialization: "advanced" };

/**
 * What a process of its own measures of one workload.
 *
 * @param limitMs - past this it hangs, its event loop included, and is ended
 * @param runtime - options of `fork`, where it is not this version of Node
 */
export function measured(plan, limitMs, runtime = NODE) {
  return new Promise((resolve) => {
    const child = fork(program, [JSON.stringify(plan)], runtime);
    let results;
    let hung = false;
    const limit = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, limitMs);
    child.on("message", (message) => (results = message));
    child.on("exit", (code) => {
      clearTimeout(limit);
      if (code === 0 && results !== undefined) return resolve(results);
      const why = hung ? `no end after ${limitMs / 1_000} s` : `it ended with exit code ${code}`;
      resolve({ contenders: [], absent: [`${plan.id}: ${why}`], oursFailed: true });
    });
  });
}
