import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

const resolved = Promise.resolve();

/** The least that waiting for a free permit must do. */
async function awaits(size) {
  let count = 0;
  for (let i = 0; i < size; i++) {
    await resolved;
    count++;
  }
  same(count, size);
}

const acquiring = (semaphore) => async (size) => {
  let count = 0;
  for (let i = 0; i < size; i++) {
    const permit = await semaphore.acquire();
    count++;
    permit.release();
  }
  same(count, size);
};

export default {
  id: "W8",
  title: "A permit that is free",
  about: "One task acquires and releases, again and again; nobody else wants the permit.",
  operation: "permit",
  size: 200_000,
  goal: { 20: 1.2, 24: 1.2 },
  floor: { name: "await a resolved promise", run: awaits },
  ours: [
    { name: "Semaphore", make: ({ Semaphore }) => acquiring(new Semaphore(1)) },
    {
      name: "CapacityLimiter",
      goal: {},
      make: ({ CapacityLimiter }) => acquiring(new CapacityLimiter(1)),
    },
    { name: "Lock", quick: false, goal: {}, make: ({ Lock }) => acquiring(new Lock()) },
  ],
  rivals: [
    {
      name: "async-sema",
      async make() {
        const {
          default: { Sema },
        } = await rival("async-sema");
        const semaphore = new Sema(1);
        return async (size) => {
          let count = 0;
          for (let i = 0; i < size; i++) {
            await semaphore.acquire();
            count++;
            semaphore.release();
          }
          same(count, size);
        };
      },
    },
    {
      name: "async-mutex",
      size: 50_000,
      async make() {
        const { Mutex } = await rival("async-mutex");
        const mutex = new Mutex();
        return async (size) => {
          let count = 0;
          for (let i = 0; i < size; i++) {
            const release = await mutex.acquire();
            count++;
            release();
          }
          same(count, size);
        };
      },
    },
    {
      name: "p-limit",
      size: 50_000,
      async make() {
        const { default: pLimit } = await rival("p-limit");
        const limit = pLimit(1);
        return async (size) => {
          let count = 0;
          for (let i = 0; i < size; i++) await limit(() => count++);
          same(count, size);
        };
      },
    },
    {
      name: "effect 4 Semaphore",
      size: 50_000,
      async make() {
        const { Effect, Semaphore } = await rival("effect");
        return async (size) => {
          let count = 0;
          const program = Effect.gen(function* () {
            const semaphore = yield* Semaphore.make(1);
            const section = semaphore.withPermits(1)(Effect.sync(() => count++));
            for (let i = 0; i < size; i++) yield* section;
          });
          await Effect.runPromise(program);
          same(count, size);
        };
      },
    },
  ],
};
