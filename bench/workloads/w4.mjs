import { allInOrder } from "../harness/same.mjs";
import { numbers, waitsOnce } from "../harness/tasks.mjs";
import { rival } from "../rivals/rival.mjs";

const LIMIT = 16;

/** The least that a bounded map must do. */
export async function lanes(size) {
  const items = numbers(size);
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < size) {
      const index = next++;
      results[index] = await waitsOnce(items[index]);
    }
  };
  await Promise.all(Array.from({ length: LIMIT }, lane));
  allInOrder(results, size);
}

export default {
  id: "W4",
  title: "A map bounded to 16 at a time",
  about: "100,000 items, each awaits one resolved value; results in order.",
  operation: "item",
  size: 100_000,
  goal: { 20: 1.1, 24: 1.05 },
  floor: { name: "16 async workers by hand", run: lanes },
  ours: [
    {
      name: "mapConcurrent",
      make:
        ({ mapConcurrent }) =>
        async (size) =>
          allInOrder(await mapConcurrent(numbers(size), waitsOnce, { concurrency: LIMIT }), size),
    },
    {
      name: "streamConcurrent",
      quick: false,
      make:
        ({ streamConcurrent }) =>
        async (size) => {
          const results = [];
          const options = { concurrency: LIMIT, ordered: true };
          for await (const result of streamConcurrent(numbers(size), waitsOnce, options))
            results.push(result);
          allInOrder(results, size);
        },
    },
  ],
  rivals: [
    {
      name: "p-map",
      async make() {
        const { default: pMap } = await rival("p-map");
        return async (size) =>
          allInOrder(await pMap(numbers(size), waitsOnce, { concurrency: LIMIT }), size);
      },
    },
    {
      name: "async mapLimit",
      async make() {
        const { default: async } = await rival("async");
        return async (size) =>
          allInOrder(await async.mapLimit(numbers(size), LIMIT, waitsOnce), size);
      },
    },
    {
      name: "effect 4 forEach",
      async make() {
        const { Effect } = await rival("effect");
        const program = (size) =>
          Effect.forEach(numbers(size), (item) => Effect.promise(() => waitsOnce(item)), {
            concurrency: LIMIT,
          });
        return async (size) => allInOrder(await Effect.runPromise(program(size)), size);
      },
    },
    ...limiters(),
    {
      name: "effection, 16 spawned workers",
      size: 20_000,
      async make() {
        const { run, spawn, until } = await rival("effection");
        return async (size) => {
          const results = [];
          await run(function* () {
            let next = 0;
            const lane = function* () {
              while (next < size) {
                const index = next++;
                results[index] = yield* until(waitsOnce(index));
              }
            };
            const tasks = [];
            for (let i = 0; i < LIMIT; i++) tasks.push(yield* spawn(lane));
            for (const task of tasks) yield* task;
          });
          allInOrder(results, size);
        };
      },
    },
    {
      name: "rxjs mergeMap",
      size: 50_000,
      slow: true,
      async make() {
        const { from, lastValueFrom, mergeMap, toArray } = await rival("rxjs");
        return async (size) => {
          const results = await lastValueFrom(
            from(numbers(size)).pipe(mergeMap(waitsOnce, LIMIT), toArray()),
          );
          allInOrder(
            results.toSorted((a, b) => a - b),
            size,
          );
        };
      },
    },
  ],
};

/** Those that take one function at a time, and queue what is over the limit. */
export function limiters() {
  return [
    {
      name: "p-limit",
      async make() {
        const { default: pLimit } = await rival("p-limit");
        return async (size) => {
          const limit = pLimit(LIMIT);
          const results = await Promise.all(
            numbers(size).map((item) => limit(() => waitsOnce(item))),
          );
          allInOrder(results, size);
        };
      },
    },
    {
      name: "@henrygd/queue",
      async make() {
        const { newQueue } = await rival("@henrygd/queue");
        return async (size) => {
          const queue = newQueue(LIMIT);
          const tasks = [];
          for (let i = 0; i < size; i++) tasks.push(queue.add(() => waitsOnce(i)));
          allInOrder(await Promise.all(tasks), size);
        };
      },
    },
    {
      name: "p-queue",
      size: 50_000,
      async make() {
        const { default: PQueue } = await rival("p-queue");
        return async (size) => {
          const queue = new PQueue({ concurrency: LIMIT });
          const tasks = [];
          for (let i = 0; i < size; i++) tasks.push(queue.add(() => waitsOnce(i)));
          allInOrder(await Promise.all(tasks), size);
        };
      },
    },
    {
      name: "fastq",
      async make() {
        const { default: fastq } = await rival("fastq");
        return async (size) => {
          const queue = fastq.promise(waitsOnce, LIMIT);
          allInOrder(await Promise.all(numbers(size).map((item) => queue.push(item))), size);
        };
      },
    },
    {
      name: "async-sema",
      slow: true,
      async make() {
        const {
          default: { Sema },
        } = await rival("async-sema");
        return async (size) => {
          const semaphore = new Sema(LIMIT);
          const guarded = async (item) => {
            await semaphore.acquire();
            try {
              return await waitsOnce(item);
            } finally {
              semaphore.release();
            }
          };
          allInOrder(await Promise.all(numbers(size).map(guarded)), size);
        };
      },
    },
  ];
}
