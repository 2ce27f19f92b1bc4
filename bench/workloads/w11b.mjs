import { rivalsOver } from "../harness/graph-rivals.mjs";
import { byHand, diamonds, oursOver } from "../harness/graphs.mjs";

const graph = diamonds();

export default {
  id: "W11b",
  title: "A ladder of diamonds, 101 providers",
  about:
    "Ten rows of ten providers, each depends on two of the row before it; the last provider on the last row.",
  operation: "provider",
  size: 50,
  operations: (size) => size * graph.length,
  floor: { name: "a memoised `Promise.all` by hand", run: byHand(graph) },
  ours: oursOver(graph, { 20: 0.6, 24: 0.6 }),
  rivals: rivalsOver(graph),
};
