import { NotSupportedError } from "../../errors.ts";
import type { Engine } from "./contract.ts";

export function startEngine(): Engine {
  throw noThreads();
}

export function checkedProgram(program: unknown): string | undefined {
  if (program === undefined) return undefined;
  throw noThreads();
}

/** They go with the calls of other executors. */
export function refuseContexts(): void {}

export function pathToFileURL(): URL {
  throw noThreads();
}

function noThreads(): NotSupportedError {
  return new NotSupportedError(
    "This runtime has no worker threads, as Node, Deno and Bun have them: call the function where you are, or give it to an executor of your own",
  );
}
