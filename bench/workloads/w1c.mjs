import { allInOrder } from "../harness/same.mjs";
import { numbers, waitsOnce } from "../harness/tasks.mjs";
import { rival } from "../rivals/rival.mjs";

export default {
  id: "W1c",
  title: "An unbounded map",
  about: "100,000 items, all in flight at once, each awaits one resolved value.",
  operation: "item",
  size: 100_000,
  goal: { 20: 1.1, 24: 1.1 },
  floor: {
    name: "Promise.all",
    async run(size) {
      allInOrder(await Promise.all(numbers(size).map(waitsOnce)), size);
    },
  },
  ours: [
    {
      name: "mapConcurrent",
      make:
        ({ mapConcurrent }) =>
        async (size) =>
          allInOrder(await mapConcurrent(numbers(size), waitsOnce), size),
    },
  ],
  rivals: [
    {
      name: "p-map",
      async make() {
        const { default: pMap } = await rival("p-map");
        return async (size) => allInOrder(await pMap(numbers(size), waitsOnce), size);
      },
    },
    {
      name: "abort-controller-x all",
      async make() {
        const { all } = await rival("abort-controller-x");
        const { signal } = new AbortController();
        return async (size) =>
          allInOrder(await all(signal, () => numbers(size).map(waitsOnce)), size);
      },
    },
    {
      name: "effect 4 forEach",
      async make() {
        const { Effect } = await rival("effect");
        const program = (size) =>
          Effect.forEach(numbers(size), (item) => Effect.promise(() => waitsOnce(item)), {
            concurrency: "unbounded",
          });
        return async (size) => allInOrder(await Effect.runPromise(program(size)), size);
      },
    },
    {
      name: "effection all",
      size: 3_000,
      async make() {
        const { all, run, until } = await rival("effection");
        return async (size) => {
          const results = await run(function* () {
            return yield* all(numbers(size).map((item) => until(waitsOnce(item))));
          });
          allInOrder(results, size);
        };
      },
    },
  ],
};
