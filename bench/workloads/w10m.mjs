import { fastapi, FASTAPI } from "../harness/python-threadpool.mjs";
import { same } from "../harness/same.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThreads } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const CONNECTIONS = 8;
const CALL = { name: "blockFor", value: 30 };

function blocking(run) {
  return async (size, stopwatch) => {
    // A pool has its threads before it is measured.
    await calls(run, 4 * CONNECTIONS);
    stopwatch.start();
    const start = performance.now();
    await calls(run, size);
    stopwatch.stop();
    stopwatch.note("calls per s", (size / (performance.now() - start)) * 1e3);
  };
}

async function calls(run, size) {
  let left = size;
  const connection = async () => {
    while (left-- > 0) same(await run(CALL.name, CALL.value), CALL.value);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

const raw = new RawThreads(CONNECTIONS);

export default {
  id: "W10m",
  title: `Calls that block, ${CONNECTIONS} at a time`,
  about: `Each blocks its thread for ${CALL.value} ms, in a pool with its default options; ${CONNECTIONS} are in flight.`,
  operation: "call",
  clock: "wall",
  enoughMs: 12_000,
  size: 80,
  paced: true,
  floor: {
    name: `${CONNECTIONS} bare workers`,
    run: blocking((name, value) => raw.run(name, value)),
  },
  ours: [
    {
      name: "new Threadpool()",
      goal: { 20: FASTAPI, 24: FASTAPI },
      make: (library) => blocking(ourPool(library).run),
    },
  ],
  rivals: [
    ...rivalPools(undefined, ({ run }) => blocking(run), {
      of: ["piscina", "tinypool", "workerpool", "poolifier", "jest-worker"],
      selected: ["piscina"],
    }),
    fastapi((ask) => async (size, stopwatch) => {
      const { cpuMs, wallMs } = await ask({
        ask: "blocking",
        ...CALL,
        calls: size,
        connections: CONNECTIONS,
      });
      stopwatch.add(cpuMs * 1e6, wallMs * 1e6);
      stopwatch.note("calls per s", (size / wallMs) * 1e3);
    }),
  ],
};
