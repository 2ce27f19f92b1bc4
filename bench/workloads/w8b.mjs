import { same } from "../harness/same.mjs";
import { waitsOnce } from "../harness/tasks.mjs";
import { rival } from "../rivals/rival.mjs";

const CONTENDERS = 100;

/** The critical section: it waits once inside, and fails if it is not alone. */
class Section {
  #inside = 0;
  #turns = 0;

  work = async () => {
    same(++this.#inside, 1);
    await waitsOnce(0);
    this.#inside--;
    this.#turns++;
  };

  check(size) {
    same(this.#turns, size * CONTENDERS);
  }
}

/** `enter` runs the section alone; each contender does it `size` times. */
const contended = (open) => async (size) => {
  const section = new Section();
  const enter = open(section.work);
  const contender = async () => {
    for (let i = 0; i < size; i++) await enter();
  };
  await Promise.all(Array.from({ length: CONTENDERS }, contender));
  section.check(size);
};

export default {
  id: "W8b",
  title: "A lock that a hundred tasks want",
  about: "Each of 100 tasks enters 2,000 times; inside, it awaits one resolved value.",
  operation: "turn",
  size: 2_000,
  counted: 100,
  operations: (size) => size * CONTENDERS,
  goal: { 20: 1.1, 24: 1.3 },
  floor: {
    name: "a mutex that is a chain of promises",
    run: contended((work) => {
      let tail = Promise.resolve();
      return async () => {
        const before = tail;
        let leave;
        tail = new Promise((resolve) => {
          leave = resolve;
        });
        await before;
        await work();
        leave();
      };
    }),
  },
  ours: [
    {
      name: "Semaphore acquire, release",
      make: ({ Semaphore }) =>
        contended((work) => {
          const semaphore = new Semaphore(1);
          return async () => {
            const permit = await semaphore.acquire();
            await work();
            permit.release();
          };
        }),
    },
    {
      name: "CapacityLimiter acquire, release",
      quick: false,
      make: ({ CapacityLimiter }) =>
        contended((work) => {
          const limiter = new CapacityLimiter(1);
          return async () => {
            const permit = await limiter.acquire();
            await work();
            permit.release();
          };
        }),
    },
    {
      name: "Lock acquire, release",
      goal: {},
      quick: false,
      make: ({ Lock }) =>
        contended((work) => {
          const lock = new Lock();
          return async () => {
            const permit = await lock.acquire();
            await work();
            permit.release();
          };
        }),
    },
    {
      name: "Semaphore acquire under a scope",
      quick: false,
      make: ({ cancelScope, Semaphore }) => {
        const run = (scope) =>
          contended((work) => {
            const semaphore = new Semaphore(1);
            return async () => {
              const permit = await semaphore.acquire(scope);
              await work();
              permit.release();
            };
          });
        return (size) => cancelScope((scope) => run(scope)(size));
      },
    },
  ],
  rivals: [
    {
      name: "async-sema",
      size: 1_000,
      async make() {
        const {
          default: { Sema },
        } = await rival("async-sema");
        return contended((work) => {
          const semaphore = new Sema(1);
          return async () => {
            await semaphore.acquire();
            await work();
            semaphore.release();
          };
        });
      },
    },
    {
      name: "async-mutex",
      size: 200,
      async make() {
        const { Mutex } = await rival("async-mutex");
        return contended((work) => {
          const mutex = new Mutex();
          return () => mutex.runExclusive(work);
        });
      },
    },
    {
      name: "p-limit(1)",
      size: 1_000,
      async make() {
        const { default: pLimit } = await rival("p-limit");
        return contended((work) => {
          const limit = pLimit(1);
          return () => limit(work);
        });
      },
    },
    {
      name: "effect 4 withPermits",
      size: 200,
      async make() {
        const { Effect, Semaphore } = await rival("effect");
        return async (size) => {
          const section = new Section();
          const enter = Effect.promise(section.work);
          await Effect.runPromise(
            Effect.gen(function* () {
              const semaphore = yield* Semaphore.make(1);
              const contender = Effect.gen(function* () {
                for (let i = 0; i < size; i++) yield* Semaphore.withPermits(semaphore, 1)(enter);
              });
              const all = Array.from({ length: CONTENDERS }, () => contender);
              yield* Effect.all(all, { concurrency: "unbounded" });
            }),
          );
          section.check(size);
        };
      },
    },
  ],
};
