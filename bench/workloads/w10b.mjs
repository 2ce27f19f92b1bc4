import { allInFlight } from "../harness/thread-workloads.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const raw = new RawThread();

export default {
  id: "W10b",
  title: "A thousand calls at once in a thread",
  about:
    "A function that returns its argument, in one thread: 1,000 calls are made before the first one is back.",
  operation: "call",
  clock: "wall",
  enoughMs: 12_000,
  size: 1_000,
  goal: { 20: 0.5, 24: 0.5 },
  floor: {
    name: "postMessage to a bare worker and back",
    run: allInFlight((name, value) => raw.run(name, value)),
  },
  ours: [{ name: "Threadpool.run", make: (library) => allInFlight(ourPool(library, 1).run) }],
  rivals: rivalPools(1, ({ run }) => allInFlight(run)),
};
