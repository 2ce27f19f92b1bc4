/** FastAPI's thread pool, in a process of its own: `python/threadpool.py`. */
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const FASTAPI = "FastAPI's run_in_threadpool";

const script = fileURLToPath(new URL("../python/threadpool.py", import.meta.url));

const interpreter = () =>
  ["/usr/bin/python3", "python3"].find(
    (program) => spawnSync(program, ["-c", "import anyio"]).status === 0,
  );

/** A rival that answers questions: `measure(ask)` gives what is run. */
export function fastapi(measure) {
  let python;
  return {
    name: FASTAPI,
    missing() {
      python = interpreter();
      return python === undefined
        ? "no Python with anyio (on Debian: apt-get install python3-fastapi)"
        : undefined;
    },
    make: () => measure(asking(python)),
  };
}

/** One process answers them all, and ends with this one, when its input does. */
function asking(python) {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (question) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { done, value } = await answers.next();
    if (done) throw new Error("Python ended without an answer");
    return JSON.parse(value);
  };
}
