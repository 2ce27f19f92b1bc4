import { same } from "../harness/same.mjs";
import { Threadpool } from "skein";

const bare = new Threadpool({ maxThreads: 1 });

async function micros(size, call) {
  let sum = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < size; i++) sum += await call(i);
  same(sum, (size * (size - 1)) / 2);
  return Number(process.hrtime.bigint() - start) / 1e3 / size;
}

const withoutCaptures = (size) => micros(size, (i) => bare.run((value) => value, [i]));

/** Notes beside the time what a call costs over one of a function without captures. */
const onTop = (call) => async (size, stopwatch) => {
  stopwatch.start();
  const own = await micros(size, call);
  stopwatch.stop();
  const floor = await withoutCaptures(size);
  stopwatch.note("µs on top", own - floor);
};

export default {
  id: "W10d",
  title: "What a function captures",
  about:
    "Calls one after the other, in one thread, of functions that use something from outside. The others of W10 have none of this: their functions capture nothing.",
  operation: "call",
  clock: "wall",
  enoughMs: 12_000,
  size: 100,
  floor: {
    name: "a function that captures nothing",
    async run(size, stopwatch) {
      await withoutCaptures(size);
      stopwatch.note("µs on top", 0);
    },
  },
  ours: [
    {
      name: "a closure with one captured number",
      make({ Threadpool: Pool }) {
        const pool = new Pool({ maxThreads: 1 });
        const zero = Math.min(0, Date.now());
        return onTop((i) => pool.run((value) => value + zero, [i]));
      },
    },
    {
      name: "one that uses another function, which captures a number",
      make({ Threadpool: Pool }) {
        const pool = new Pool({ maxThreads: 1 });
        const zero = Math.min(0, Date.now());
        const plusZero = (value) => value + zero;
        return onTop((i) => pool.run((value) => plusZero(value), [i]));
      },
    },
    {
      name: "the captured number given by name",
      make({ Threadpool: Pool }) {
        const pool = new Pool({ maxThreads: 1 });
        const zero = Math.min(0, Date.now());
        return onTop((i) => pool.run((value) => value + zero, [i], { captures: { zero } }));
      },
    },
  ],
  rivals: [],
};
