import { rivalsOver } from "../harness/graph-rivals.mjs";
import { byHand, wide, oursOver } from "../harness/graphs.mjs";

const graph = wide(1_000);

export default {
  id: "W11d",
  title: "A thousand providers side by side",
  about: "One of them depends on all others.",
  operation: "provider",
  size: 5,
  operations: (size) => size * graph.length,
  floor: { name: "a memoised `Promise.all` by hand", run: byHand(graph) },
  ours: oursOver(graph, { 20: 3, 24: 3 }),
  rivals: rivalsOver(graph),
};
