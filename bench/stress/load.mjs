import { spawn } from "node:child_process";

/** Looks now and then whether its parent is still there; that ends it where nobody else could. */
const LOOP = `
require("node:os").setPriority(10);
const parent = process.ppid;
while (process.ppid === parent) for (const until = Date.now() + 1000; Date.now() < until; );
`;

/**
 * Processes of low priority that keep processors busy, for as long as this one lives or until they are ended.
 *
 * @returns ends them
 */
export function startLoad(count) {
  const loops = Array.from({ length: count }, () =>
    spawn(process.execPath, ["--eval", LOOP], { stdio: "ignore" }),
  );
  const end = () => {
    for (const loop of loops.splice(0)) loop.kill("SIGKILL");
  };
  process.on("exit", end);
  return end;
}

/** Lets the process exit in the usual way when a signal asks for its end, so that `exit` listeners run. */
export function exitOnSignals() {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    process.on(signal, () => process.exit(code));
  }
}
