import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

const leaf = async () => 1;

export default {
  id: "W2",
  title: "A tree of groups",
  about:
    "A binary tree of depth 14: each group spawns two tasks and adds up what they give, 16,383 groups and 32,766 tasks.",
  operation: "task",
  size: 14,
  counted: 10,
  operations: (depth) => 2 ** (depth + 1) - 2,
  goal: { 20: 2.5, 24: 1.8 },
  floor: {
    name: "a tree of Promise.all",
    async run(size) {
      const tree = async (depth) => {
        if (depth === 0) return leaf();
        const [left, right] = await Promise.all([tree(depth - 1), tree(depth - 1)]);
        return left + right;
      };
      same(await tree(size), 2 ** size);
    },
  },
  ours: [
    {
      name: "taskGroup",
      make: ({ taskGroup }) => {
        const tree = (depth, scope) =>
          taskGroup(
            async (group) => {
              const below = depth === 1 ? leaf : (task) => tree(depth - 1, task);
              const left = group.spawn(below);
              const right = group.spawn(below);
              return (await left) + (await right);
            },
            { scope },
          );
        return async (size) => same(await tree(size), 2 ** size);
      },
    },
    {
      name: "all",
      quick: false,
      make: ({ all }) => {
        const tree = async (depth, scope) => {
          const below = depth === 1 ? leaf : (task) => tree(depth - 1, task);
          const [left, right] = await all([below, below], { scope });
          return left + right;
        };
        return async (size) => same(await tree(size), 2 ** size);
      },
    },
  ],
  rivals: [
    {
      name: "an AbortController per group",
      make: () => {
        const tree = async (depth, signal) => {
          if (depth === 0) return leaf();
          const controller = new AbortController();
          const forward = () => controller.abort(signal.reason);
          signal.addEventListener("abort", forward, { once: true });
          try {
            const below = controller.signal;
            const tasks = [tree(depth - 1, below), tree(depth - 1, below)];
            const [left, right] = await Promise.all(tasks);
            return left + right;
          } finally {
            signal.removeEventListener("abort", forward);
          }
        };
        return async (size) => same(await tree(size, new AbortController().signal), 2 ** size);
      },
    },
    {
      name: "abort-controller-x all",
      async make() {
        const { all } = await rival("abort-controller-x");
        const tree = async (depth, signal) => {
          if (depth === 0) return leaf();
          const [left, right] = await all(signal, (inner) => [
            tree(depth - 1, inner),
            tree(depth - 1, inner),
          ]);
          return left + right;
        };
        return async (size) => same(await tree(size, new AbortController().signal), 2 ** size);
      },
    },
    {
      name: "abort-controller-x spawn",
      size: 11,
      async make() {
        const { spawn } = await rival("abort-controller-x");
        const tree = (depth, signal) =>
          depth === 0
            ? leaf()
            : spawn(signal, async (_, { fork }) => {
                const left = fork((inner) => tree(depth - 1, inner));
                const right = fork((inner) => tree(depth - 1, inner));
                return (await left.join()) + (await right.join());
              });
        return async (size) => same(await tree(size, new AbortController().signal), 2 ** size);
      },
    },
    {
      name: "effect 4 forkChild and join",
      async make() {
        const { Effect, Fiber } = await rival("effect");
        const tree = (depth) =>
          depth === 0
            ? Effect.succeed(1)
            : Effect.gen(function* () {
                const left = yield* Effect.forkChild(tree(depth - 1));
                const right = yield* Effect.forkChild(tree(depth - 1));
                return (yield* Fiber.join(left)) + (yield* Fiber.join(right));
              });
        return async (size) => same(await Effect.runPromise(tree(size)), 2 ** size);
      },
    },
    {
      name: "effection spawn",
      size: 9,
      async make() {
        const { run, scoped, spawn } = await rival("effection");
        const tree = (depth) =>
          function* () {
            if (depth === 0) return 1;
            return yield* scoped(function* () {
              const left = yield* spawn(tree(depth - 1));
              const right = yield* spawn(tree(depth - 1));
              return (yield* left) + (yield* right);
            });
          };
        return async (size) => same(await run(tree(size)), 2 ** size);
      },
    },
  ],
};
