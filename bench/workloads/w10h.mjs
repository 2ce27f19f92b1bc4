import { provide, resolveDependencies } from "skein";
import { same } from "../harness/same.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const LINKS = 5;
/** So many chains, which do not count, until a pool is in use again: see `thread-workloads.mjs`. */
const IN_USE = 800;

/** Runs so many chains, one after the other. */
function chains(chain) {
  return async (size, stopwatch) => {
    for (let i = 0; i < IN_USE; i++) await chain();
    stopwatch.start();
    let sum = 0;
    for (let i = 0; i < size; i++) sum += await chain();
    stopwatch.stop();
    same(sum, size * LINKS);
  };
}

const inTurn = (run) =>
  chains(async () => {
    let value = 0;
    for (let link = 0; link < LINKS; link++) value = await run("next", value);
    return value;
  });

const raw = new RawThread();
const common = {
  operation: "chain",
  clock: "wall",
  enoughMs: 12_000,
  size: 400,
  goal: { 20: 0.2, 24: 0.2 },
  floor: {
    name: "five times postMessage to a bare worker and back",
    run: inTurn((name, value) => raw.run(name, value)),
  },
};

function fiveProviders() {
  const first = provide(() => 1);
  const second = provide({ first }, ({ first: value }) => value + 1);
  const third = provide({ second }, ({ second: value }) => value + 1);
  const fourth = provide({ third }, ({ third: value }) => value + 1);
  return provide({ fourth }, ({ fourth: value }) => value + 1);
}

export default [
  {
    ...common,
    id: "W10h-calls",
    title: "A chain of five calls",
    about: "In one thread, five calls that each take the result of the one before.",
    ours: [{ name: "Threadpool.run", make: (library) => inTurn(ourPool(library, 1).run) }],
    rivals: rivalPools(1, ({ run }) => inTurn(run), { selected: ["piscina"] }),
  },
  {
    ...common,
    id: "W10h-providers",
    title: "A chain of five plain providers",
    about:
      "Five providers that are plain functions, each of which needs the one before, so that they run in a thread; a resolution each time.",
    ours: [
      {
        name: "resolveDependencies",
        // A provider of one build is none to another.
        make(library) {
          if (library.provide !== provide) return undefined;
          const fifth = fiveProviders();
          return chains(async () => {
            const { fifth: value } = await resolveDependencies({ fifth });
            return value;
          });
        },
      },
    ],
    rivals: [],
  },
];
