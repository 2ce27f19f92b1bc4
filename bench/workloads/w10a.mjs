import { besideBusyLoops } from "../harness/busy-loops.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { oneInFlight } from "../harness/thread-workloads.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { killers, pools, rivalPools } from "../rivals/thread-pools.mjs";

const BUSY_LOOPS = 4;

const quiet = {
  id: "W10a",
  title: "Calls in a thread, one after the other",
  about:
    "A function that returns its argument, in one thread: the next call is made when the last one is back.",
  selected: Object.keys(pools),
  around: (run) => run,
};
const busy = {
  id: "W10a-busy",
  title: "Calls in a thread, one after the other, beside busy loops",
  about: `The same while ${BUSY_LOOPS} other processes compute without end, at a lower priority.`,
  selected: killers,
  around: (run) => besideBusyLoops(BUSY_LOOPS, run),
};

function workload({ selected, around, ...rest }) {
  const raw = new RawThread();
  const measured = (run) => around(oneInFlight(run));
  return {
    ...rest,
    operation: "call",
    clock: "wall",
    enoughMs: 12_000,
    size: 2_000,
    goal: { 20: 0.1, 24: 0.1 },
    floor: {
      name: "postMessage to a bare worker and back",
      run: measured((name, value) => raw.run(name, value)),
    },
    ours: [
      {
        name: "Threadpool.run",
        make: (library) => measured(ourPool(library, 1).run),
      },
      {
        name: "runInThreadpool",
        quick: false,
        make: ({ runInThreadpool }) =>
          measured((_, value) => runInThreadpool((given) => given, value)),
      },
    ],
    rivals: rivalPools(1, ({ run }) => measured(run), { selected }),
  };
}

export default [workload(quiet), workload(busy)];
