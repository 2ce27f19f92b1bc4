import { NotSupportedError, NotTransferableError, ShipError } from "../../errors.ts";
import { defaultThreadpool } from "../../threads/default-threadpool.ts";
import type { Executor, RunOptions } from "../../threads/executor.ts";
import { canHold, cannotHold } from "../declare/holding-executor.ts";
import type { Setup } from "./setup.ts";

type Offloaded = (deps: object) => unknown;

/**
 * Runs a plain function in a thread. Cancellation ends the thread, if need be, and the resolution waits until it has.
 */
export function runInThread(setup: Setup, deps: object): Promise<unknown> {
  const result = executorOf(setup).run(functionOf(setup), [{ ...deps }], optionsOf(setup));
  return explained(setup, result);
}

/** Begins a plain generator in a thread, where it stays suspended. */
export async function holdInThread(setup: Setup, deps: object): Promise<unknown> {
  const executor = executorOf(setup);
  if (!canHold(executor)) {
    throw cannotHold(setup.path);
  }
  const held = executor.hold(functionOf(setup) as never, [{ ...deps }], optionsOf(setup));
  const generator = await explained(setup, held);
  setup._resource = generator;
  return generator.value;
}

function executorOf(setup: Setup): Executor {
  return (
    setup._node.provider.options.pool ?? setup._host._executorFor(setup) ?? defaultThreadpool()
  );
}

function functionOf(setup: Setup): Offloaded {
  return setup._node.provider.fn as Offloaded;
}

function optionsOf(setup: Setup): RunOptions {
  const { onCancel, graceMs, limiter, onProgress } = setup._node.provider.options;
  return { scope: setup.scope, name: setup.name, onCancel, graceMs, limiter, onProgress };
}

/** Says which provider it is whose function or value cannot travel, and what to do. */
async function explained<T>(setup: Setup, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof NotTransferableError) {
      throw new NotTransferableError(explanation(setup, error), pathOf(setup, error), {
        cause: error,
      });
    }
    if (error instanceof ShipError) {
      throw new ShipError(explanation(setup, error), error.path, error.variable, { cause: error });
    }
    if (error instanceof NotSupportedError) {
      throw new NotSupportedError(explanation(setup, error), { cause: error });
    }
    throw error;
  }
}

function explanation(setup: Setup, error: Error): string {
  return (
    `Provider \`${wayTo(setup)}\` is a plain function and so runs in a worker thread. ${error.message}. ` +
    `To run it on the event loop, make it \`async\`, or say \`inline\``
  );
}

/** `["args", "0", "db", "pool"]` in the words of the graph: `["user", "db", "pool"]`. */
function pathOf(setup: Setup, error: NotTransferableError): string[] {
  const isArgument = error.path[0] === "args" || error.path[0] === "arguments";
  return [...setup.path, ...(isArgument ? error.path.slice(2) : error.path)];
}

function wayTo(setup: Setup): string {
  return setup.path.join(" → ");
}
