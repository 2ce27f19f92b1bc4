/**
 * Processes that compute without end, as a machine has that does other things too; and, run as a program, one of them.
 * They get the processor when nobody else wants it as much, and end with the process that started them, however that ends.
 */
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";

const NICE = 10;

let loops = null;

/** Runs something beside so many busy loops, which start with the first call and stay until the process ends. */
export function besideBusyLoops(count, run) {
  return (...args) => {
    loops ??= Array.from({ length: count }, startLoop);
    return run(...args);
  };
}

function startLoop() {
  const loop = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: "ignore" });
  setPriority(loop.pid, NICE);
  loop.unref();
  process.once("exit", () => loop.kill("SIGKILL"));
  return loop;
}

function loopForever() {
  const parent = process.ppid;
  // A parent that was killed has told nobody, but then this process has another one.
  while (process.ppid === parent) for (let i = 0; i < 1e6; i++);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) loopForever();
