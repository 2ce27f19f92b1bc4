import { allInOrder, same } from "../harness/same.mjs";
import { Counting, waitsOnce } from "../harness/tasks.mjs";
import { rival } from "../rivals/rival.mjs";

function functionsOf(size) {
  const functions = [];
  for (let i = 0; i < size; i++) {
    functions.push(() => waitsOnce(i));
  }
  return functions;
}

export default {
  id: "W1b",
  title: "Spawn and join tasks that wait once",
  about: "As W1a, but each task awaits one resolved value.",
  operation: "task",
  size: 100_000,
  goal: { 20: 1.6, 24: 2.5 },
  floor: {
    name: "Promise.all",
    async run(size) {
      const tasks = [];
      for (let i = 0; i < size; i++) {
        tasks.push(waitsOnce(i));
      }
      allInOrder(await Promise.all(tasks), size);
    },
  },
  ours: [
    {
      name: "taskGroup, results read",
      make:
        ({ taskGroup }) =>
        async (size) => {
          const tasks = [];
          await taskGroup((group) => {
            for (let i = 0; i < size; i++) {
              tasks.push(group.spawn(() => waitsOnce(i)));
            }
          });
          allInOrder(
            tasks.map((task) => task.result()),
            size,
          );
        },
    },
    {
      name: "taskGroup, every handle awaited",
      quick: false,
      make:
        ({ taskGroup }) =>
        async (size) => {
          const results = await taskGroup(async (group) => {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(group.spawn(() => waitsOnce(i)));
            }
            const values = [];
            for (const task of tasks) values.push(await task);
            return values;
          });
          allInOrder(results, size);
        },
    },
    {
      name: "taskGroup, Promise.all of the handles",
      quick: false,
      make:
        ({ taskGroup }) =>
        async (size) => {
          const results = await taskGroup((group) => {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(group.spawn(() => waitsOnce(i)));
            }
            return Promise.all(tasks);
          });
          allInOrder(results, size);
        },
    },
    {
      name: "all",
      quick: false,
      make:
        ({ all }) =>
        async (size) => {
          allInOrder(await all(functionsOf(size)), size);
        },
    },
    {
      name: "allSettled",
      quick: false,
      make:
        ({ allSettled }) =>
        async (size) => {
          const outcomes = await allSettled(functionsOf(size));
          allInOrder(
            outcomes.map(({ value }) => value),
            size,
          );
        },
    },
    {
      name: "taskGroup, joined only",
      goal: { 20: 1.05, 24: 1.05 },
      make:
        ({ taskGroup }) =>
        async (size) => {
          const task = new Counting();
          await taskGroup((group) => {
            for (let i = 0; i < size; i++) group.spawn(task.waitsOnce);
          });
          same(task.count, size);
        },
    },
  ],
  rivals: [
    {
      name: "abort-controller-x spawn",
      size: 20_000,
      async make() {
        const { spawn } = await rival("abort-controller-x");
        const { signal } = new AbortController();
        return async (size) => {
          const results = await spawn(signal, async (_, { fork }) => {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(fork(() => waitsOnce(i)));
            }
            return Promise.all(tasks.map((task) => task.join()));
          });
          allInOrder(results, size);
        };
      },
    },
    {
      name: "abort-controller-x all",
      async make() {
        const { all } = await rival("abort-controller-x");
        const { signal } = new AbortController();
        return async (size) => {
          const results = await all(signal, () => {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(waitsOnce(i));
            }
            return tasks;
          });
          allInOrder(results, size);
        };
      },
    },
    {
      name: "effect 4 forkChild and join",
      async make() {
        const { Effect, Fiber } = await rival("effect");
        const program = (size) =>
          Effect.gen(function* () {
            const fibers = [];
            for (let i = 0; i < size; i++) {
              fibers.push(yield* Effect.forkChild(Effect.as(Effect.yieldNow, i)));
            }
            const results = [];
            for (const fiber of fibers) results.push(yield* Fiber.join(fiber));
            return results;
          });
        return async (size) => allInOrder(await Effect.runPromise(program(size)), size);
      },
    },
    {
      name: "effection spawn",
      size: 3_000,
      async make() {
        const { run, spawn, until } = await rival("effection");
        const resolved = Promise.resolve(null);
        const program = (size) =>
          run(function* () {
            const tasks = [];
            for (let i = 0; i < size; i++) {
              tasks.push(
                yield* spawn(function* () {
                  yield* until(resolved);
                  return i;
                }),
              );
            }
            const results = [];
            for (const task of tasks) results.push(yield* task);
            return results;
          });
        return async (size) => allInOrder(await program(size), size);
      },
    },
    {
      name: "rxjs mergeMap",
      size: 5_000,
      slow: true,
      async make() {
        const { lastValueFrom, mergeMap, range, toArray } = await rival("rxjs");
        const program = (size) =>
          lastValueFrom(range(0, size).pipe(mergeMap(waitsOnce), toArray()));
        return async (size) => allInOrder(await program(size), size);
      },
    },
  ],
};
