import { rivalsOver } from "../harness/graph-rivals.mjs";
import { byHand, chain, oursOver } from "../harness/graphs.mjs";

const graph = chain(1_000);

export default {
  id: "W11c",
  title: "A chain of 1,000 providers",
  about:
    "Each depends on the one before it. inversify takes a chain of this length for a circle, and awilix overflows the stack.",
  operation: "provider",
  size: 5,
  operations: (size) => size * graph.length,
  floor: { name: "a memoised `Promise.all` by hand", run: byHand(graph) },
  ours: oursOver(graph, { 20: 2.5, 24: 2.5 }),
  rivals: rivalsOver(graph, { except: ["awilix", "inversify"] }),
};
