import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

const RESOLVED = Promise.resolve();

/** One task goes in and out again and again. */
const again = (step) => async (size) => {
  let inside = 0;
  for (let i = 0; i < size; i++) {
    await step(() => inside++);
  }
  same(inside, size);
};

export default {
  id: "W8",
  title: "A lock that nobody else wants",
  about: "A million times acquired and released by one task.",
  operation: "turn",
  size: 1_000_000,
  goal: { 20: 1.2, 24: 1.2 },
  floor: {
    name: "await of a resolved promise",
    async run(size) {
      let inside = 0;
      for (let i = 0; i < size; i++) {
        await RESOLVED;
        inside++;
      }
      same(inside, size);
    },
  },
  ours: [
    {
      name: "Semaphore acquire, release",
      make:
        ({ Semaphore }) =>
        async (size) => {
          const semaphore = new Semaphore(1);
          let inside = 0;
          for (let i = 0; i < size; i++) {
            const permit = await semaphore.acquire();
            inside++;
            permit.release();
          }
          same(inside, size);
        },
    },
    {
      name: "Semaphore tryAcquire, release",
      goal: {},
      quick: false,
      make:
        ({ Semaphore }) =>
        (size) => {
          const semaphore = new Semaphore(1);
          let inside = 0;
          for (let i = 0; i < size; i++) {
            const permit = semaphore.tryAcquire();
            inside++;
            permit.release();
          }
          same(inside, size);
        },
    },
    {
      name: "Lock acquire, release",
      goal: {},
      quick: false,
      make:
        ({ Lock }) =>
        async (size) => {
          const lock = new Lock();
          let inside = 0;
          for (let i = 0; i < size; i++) {
            const permit = await lock.acquire();
            inside++;
            permit.release();
          }
          same(inside, size);
        },
    },
    {
      name: "CapacityLimiter acquire, release",
      goal: {},
      quick: false,
      make:
        ({ CapacityLimiter }) =>
        async (size) => {
          const limiter = new CapacityLimiter(1);
          let inside = 0;
          for (let i = 0; i < size; i++) {
            const permit = await limiter.acquire();
            inside++;
            permit.release();
          }
          same(inside, size);
        },
    },
    {
      name: "CapacityLimiter with",
      goal: {},
      quick: false,
      make:
        ({ CapacityLimiter }) =>
        async (size) => {
          const limiter = new CapacityLimiter(1);
          let inside = 0;
          const enter = async () => void inside++;
          for (let i = 0; i < size; i++) await limiter.with(enter);
          same(inside, size);
        },
    },
  ],
  rivals: [
    {
      name: "@henrygd/queue add",
      async make() {
        const { newQueue } = await rival("@henrygd/queue");
        return async (size) => {
          const queue = newQueue(1);
          let inside = 0;
          const enter = async () => void inside++;
          for (let i = 0; i < size; i++) await queue.add(enter);
          same(inside, size);
        };
      },
    },
    {
      name: "async-sema",
      size: 300_000,
      async make() {
        const {
          default: { Sema },
        } = await rival("async-sema");
        return async (size) => {
          const semaphore = new Sema(1);
          let inside = 0;
          for (let i = 0; i < size; i++) {
            await semaphore.acquire();
            inside++;
            semaphore.release();
          }
          same(inside, size);
        };
      },
    },
    {
      name: "async-mutex",
      size: 30_000,
      async make() {
        const { Mutex } = await rival("async-mutex");
        return async (size) => {
          const mutex = new Mutex();
          let inside = 0;
          for (let i = 0; i < size; i++) {
            const release = await mutex.acquire();
            inside++;
            release();
          }
          same(inside, size);
        };
      },
    },
    {
      name: "p-limit(1)",
      size: 100_000,
      async make() {
        const { default: pLimit } = await rival("p-limit");
        const limit = pLimit(1);
        return again((enter) => limit(enter));
      },
    },
    {
      name: "effect 4 withPermits",
      size: 100_000,
      async make() {
        const { Effect, Semaphore } = await rival("effect");
        return async (size) => {
          let inside = 0;
          const enter = Effect.sync(() => void inside++);
          await Effect.runPromise(
            Effect.gen(function* () {
              const semaphore = yield* Semaphore.make(1);
              for (let i = 0; i < size; i++) yield* Semaphore.withPermits(semaphore, 1)(enter);
            }),
          );
          same(inside, size);
        };
      },
    },
  ],
};
