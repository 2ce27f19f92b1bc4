import { oneInFlight } from "../harness/thread-workloads.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread, rivalPools } from "../rivals/thread-pools.mjs";

const raw = new RawThread();

export default {
  id: "W10a",
  title: "Calls in a thread, one after the other",
  about:
    "A function that returns its argument, in one thread: the next call is made when the last one is back.",
  operation: "call",
  clock: "wall",
  size: 2_000,
  goal: { 20: 1, 24: 0.6 },
  floor: {
    name: "postMessage to a bare worker and back",
    run: oneInFlight((name, value) => raw.run(name, value)),
  },
  ours: [
    {
      name: "Threadpool.run",
      make: (library) => oneInFlight(ourPool(library, 1).run),
    },
    {
      name: "runInThreadpool",
      quick: false,
      make: ({ runInThreadpool }) =>
        oneInFlight((_, value) => runInThreadpool((given) => given, value)),
    },
  ],
  rivals: rivalPools(1, ({ run }) => oneInFlight(run)),
};
