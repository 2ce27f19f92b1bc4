// Functions that run in a thread and use threads themselves.
import { threadId } from "node:worker_threads";
import { Threadpool } from "skein";

const pool = new Threadpool({ maxThreads: 1 });

/** Waits for the pool of its own thread, while all that there is of the outer one is busy with it. */
async function threadsBelow() {
  const { defaultThreadpool, runInThreadpool } = await import("skein");
  const inner = await runInThreadpool(() => threadId);
  return { threads: [threadId, inner], completed: defaultThreadpool().statistics().completed };
}

/** Two calls that wait for each other. */
async function meeting() {
  const { runInThreadpool } = await import("skein");
  const arrived = new Int32Array(new SharedArrayBuffer(4));
  const meet = (arrived) => {
    Atomics.add(arrived, 0, 1);
    Atomics.notify(arrived, 0);
    while (Atomics.load(arrived, 0) < 2) Atomics.wait(arrived, 0, 1);
    return Atomics.load(arrived, 0);
  };
  return await Promise.all([runInThreadpool(meet, arrived), runInThreadpool(meet, arrived)]);
}

/** What was rewritten to import in the first thread goes on to the next. */
async function importing() {
  const { runInThreadpool } = await import("skein");
  return await runInThreadpool(async () => (await import("node:path")).posix.sep);
}

const { threads, completed } = await pool.run(threadsBelow, []);
const met = await pool.run(meeting, []);
const sep = await pool.run(importing, []);
console.log(JSON.stringify({ threads: [threadId, ...threads], completed, met, sep }));
