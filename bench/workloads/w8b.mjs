import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

const CONTENDERS = 100;
const resolved = Promise.resolve();

/** A hundred tasks that want the same permit, with a section of one microtask; checks that they exclude each other. */
const contended = (makeEnter) => async (size) => {
  const enter = makeEnter();
  let inside = 0;
  let count = 0;
  const contender = async () => {
    for (let i = 0; i < size / CONTENDERS; i++) {
      const leave = await enter();
      same(++inside, 1);
      await resolved;
      inside--;
      count++;
      leave.release();
    }
  };
  await Promise.all(Array.from({ length: CONTENDERS }, contender));
  same(count, size);
};

/** A mutex as small as it gets: each waits for the promise of the one before. */
function chain() {
  let last = resolved;
  return () => {
    const before = last;
    let release;
    last = new Promise((resolve) => {
      release = resolve;
    });
    return before.then(() => ({ release }));
  };
}

export default {
  id: "W8b",
  title: "A permit that a hundred tasks want",
  about: "100 tasks share one permit; each holds it for one turn of the microtask queue.",
  operation: "permit",
  size: 100_000,
  goal: { 20: 1.1, 24: 1.3 },
  floor: { name: "promise-chain mutex", run: contended(chain) },
  ours: [
    {
      name: "Semaphore",
      make: ({ Semaphore }) =>
        contended(() => {
          const semaphore = new Semaphore(1);
          return () => semaphore.acquire();
        }),
    },
    {
      name: "CapacityLimiter",
      make: ({ CapacityLimiter }) =>
        contended(() => {
          const limiter = new CapacityLimiter(1);
          return () => limiter.acquire();
        }),
    },
    {
      name: "Lock",
      quick: false,
      goal: {},
      make: ({ Lock }) =>
        contended(() => {
          const lock = new Lock();
          return () => lock.acquire();
        }),
    },
  ],
  rivals: [
    {
      name: "async-sema",
      async make() {
        const {
          default: { Sema },
        } = await rival("async-sema");
        return contended(() => {
          const semaphore = new Sema(1);
          return async () => {
            await semaphore.acquire();
            return semaphore;
          };
        });
      },
    },
    {
      name: "async-mutex",
      size: 20_000,
      async make() {
        const { Mutex } = await rival("async-mutex");
        return contended(() => {
          const mutex = new Mutex();
          return async () => ({ release: await mutex.acquire() });
        });
      },
    },
  ],
};
