import { allInOrder } from "../harness/same.mjs";
import { waitsOnce } from "../harness/tasks.mjs";
import { rival } from "../rivals/rival.mjs";

const items = Array.from({ length: 100_000 }, (_, i) => i);

export default {
  id: "W1c",
  title: "An unbounded map",
  about: "100,000 items, all in flight at once, each awaits one resolved value.",
  operation: "item",
  size: items.length,
  goal: { 20: 1.1, 24: 1.1 },
  floor: {
    name: "Promise.all",
    async run(size) {
      allInOrder(await Promise.all(items.map(waitsOnce)), size);
    },
  },
  ours: [
    {
      name: "mapConcurrent",
      make:
        ({ mapConcurrent }) =>
        async (size) =>
          allInOrder(await mapConcurrent(items, waitsOnce), size),
    },
  ],
  rivals: [
    {
      name: "p-map",
      async make() {
        const { default: pMap } = await rival("p-map");
        return async (size) => allInOrder(await pMap(items, waitsOnce), size);
      },
    },
    {
      name: "abort-controller-x all",
      async make() {
        const { all } = await rival("abort-controller-x");
        const { signal } = new AbortController();
        return async (size) => allInOrder(await all(signal, () => items.map(waitsOnce)), size);
      },
    },
    {
      name: "effect 4 forEach",
      async make() {
        const { Effect } = await rival("effect");
        const program = Effect.forEach(items, (item) => Effect.promise(() => waitsOnce(item)), {
          concurrency: "unbounded",
        });
        return async (size) => allInOrder(await Effect.runPromise(program), size);
      },
    },
    {
      name: "effection all",
      size: 3_000,
      async make() {
        const { all, run, until } = await rival("effection");
        return async (size) => {
          const results = await run(function* () {
            return yield* all(items.slice(0, size).map((item) => until(waitsOnce(item))));
          });
          allInOrder(results, size);
        };
      },
    },
  ],
};
