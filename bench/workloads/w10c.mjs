import { same } from "../harness/same.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const LIMIT = 200_000;
const PRIMES = 17_984;

/** So many computations of some 20 ms, all asked for at once. */
function computations(run) {
  return async (size) => {
    const calls = Array.from({ length: size }, (_, index) => run("primesBelow", LIMIT, index));
    let primes = 0;
    for (const found of await Promise.all(calls)) primes += found;
    same(primes, size * PRIMES);
  };
}

const raw = [new RawThread(), new RawThread()];

export default {
  id: "W10c",
  title: "Computations in two threads",
  about:
    "Eight times the primes below 200,000, some 20 ms each, asked for at once; how many cores are free decides.",
  operation: "computation",
  clock: "wall",
  enoughMs: 12_000,
  size: 8,
  goal: { 20: 1.05, 24: 1.05 },
  floor: {
    name: "two bare workers, four each",
    run: computations((name, limit, index) => raw[index % 2].run(name, limit)),
  },
  ours: [
    {
      name: "Threadpool.run",
      make(library) {
        const { run } = ourPool(library, 2);
        return computations((name, limit) => run(name, limit));
      },
    },
  ],
  rivals: rivalPools(2, ({ run }) => computations((name, limit) => run(name, limit))),
};
