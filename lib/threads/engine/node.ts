import { pathToFileURL } from "node:url";
import type { ResourceLimits } from "node:worker_threads";
import { Engine } from "../pool/engine.ts";
import { hostStarter } from "../pool/thread-host.ts";
import type { PoolLimits } from "./contract.ts";
import { checkedProgram, threadProgram } from "../pool/thread-program.ts";

export { checkedProgram, pathToFileURL };

/** Threads have every context. */
export function refuseContexts(): void {}

/**
 * @param program - the path of the file that threads run, if it is not to be looked for
 * @throws WorkerStartError if there is no program for the threads
 * @throws NotSupportedError where there are no threads
 */
export function startEngine(
  limits: PoolLimits,
  program: string | undefined,
  resourceLimits: ResourceLimits | undefined,
): Engine {
  return new Engine(limits, hostStarter(program ?? threadProgram(), resourceLimits));
}
