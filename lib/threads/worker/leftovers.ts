import { AsyncResource, executionAsyncId } from "node:async_hooks";

/** While a job takes turns: the async id as of its start. What is older was made by an earlier job. */
let start: number | undefined;
let inherited: { readonly error: unknown } | undefined;

process.on("uncaughtException", (error, origin) => {
  const isInherited =
    start !== undefined && origin === "uncaughtException" && executionAsyncId() < start;
  if (isInherited) inherited ??= { error };
  else die(error);
});

/**
 * Runs a job that lets the event loop turn. A timer or an operation that an earlier job has left behind may fail
 * meanwhile; the job is spared that error, and the thread ends with it afterwards.
 */
export async function spared(job: () => Promise<void> | undefined): Promise<void> {
  start = new AsyncResource("skein.job").asyncId();
  await job();
  start = undefined;
  if (inherited === undefined) return;
  die(inherited.error);
  await new Promise(() => {});
}

/** Ends the thread with the error, as if nobody had listened. */
function die(error: unknown): void {
  process.removeAllListeners("uncaughtException");
  process.nextTick(() => {
    throw error;
  });
}
