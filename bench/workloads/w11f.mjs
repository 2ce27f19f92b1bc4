import { inversifyAtOnce, rivalsOver } from "../harness/graph-rivals.mjs";
import { byHand, providersOf, request, valueOf } from "../harness/graphs.mjs";
import { same } from "../harness/same.mjs";

const graph = request();
const expected = valueOf(graph);
const goal = { 20: 1.2, 24: 1.2 };

const targetOf = (inline) => providersOf(graph, inline, "").at(-1);

export default {
  id: "W11f",
  title: "A request of ten providers, all of them synchronous",
  about:
    "The graph of W11a where every function has its value at once. Here the synchronous `get` of inversify is the floor: it makes no " +
    "promise, and ours does.",
  operation: "provider",
  size: 500,
  operations: (size) => size * graph.length,
  floor: { name: "inversify, `get`", rival: true, run: inversifyAtOnce(graph) },
  ours: [
    {
      name: "resolveDependencies",
      goal,
      make: ({ inline, resolveDependencies }) => {
        const target = targetOf(inline);
        return async (size) => {
          for (let i = 0; i < size; i++) {
            same((await resolveDependencies({ target })).target, expected);
          }
        };
      },
    },
    {
      name: "the same, with a body",
      make: ({ inline, resolveDependencies }) => {
        const target = targetOf(inline);
        return async (size) => {
          for (let i = 0; i < size; i++) {
            same(await resolveDependencies({ target }, {}, ({ target }) => target), expected);
          }
        };
      },
    },
    {
      name: "a compiled plan",
      make: ({ inline, compileDependencies }) => {
        const plan = compileDependencies({ target: targetOf(inline) });
        return async (size) => {
          for (let i = 0; i < size; i++) same((await plan.run({})).target, expected);
        };
      },
    },
  ],
  rivals: [
    { name: "async functions by hand, memoised", make: () => byHand(graph) },
    ...rivalsOver(graph, { except: ["inversify", "effect 4 Layer"] }).map((one) => ({
      ...one,
      name: `${one.name}, async`,
    })),
  ],
};
