import { processFor } from "../host.ts";
import { checkSignalName, type SignalName } from "../tasks/signal-name.ts";
import { taskTree } from "./task-tree.ts";

/**
 * Prints the task tree to standard error whenever the process receives a signal: for a program that hangs.
 *
 * @param signal - `"SIGUSR2"`, say; not `"SIGUSR1"`, which starts Node's debugger
 * @returns disposing it stops listening
 * @throws TypeError if there is no such signal
 * @throws NotSupportedError where there is no process, as in a browser
 *
 * @example
 * ```ts
 * import { printTaskTreeOn } from "skein";
 *
 * const printing = printTaskTreeOn("SIGUSR2"); // then: kill -USR2 <pid>
 * printing[Symbol.dispose]();
 * ```
 *
 * @public
 */
export function printTaskTreeOn(signal: SignalName): Disposable {
  const { process } = processFor("printTaskTreeOn");
  checkSignalName("printTaskTreeOn", "signal", signal);
  const print = (): void => void process.stderr.write(`${taskTree().toString()}\n`);
  process.on(signal, print);
  return { [Symbol.dispose]: () => void process.off(signal, print) };
}
