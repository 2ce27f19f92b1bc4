/** Our pool in the shape of the others in `rivals/thread-pools.mjs`. */
import { tasks } from "./thread-tasks.mjs";

export function ourPool({ Threadpool }, threads) {
  const pool = new Threadpool(threads === undefined ? {} : { maxThreads: threads });
  return {
    pool,
    run: (name, value, signal) => pool.run(tasks[name], [value], signal && { signal }),
  };
}
