import { rivalsOver } from "../harness/graph-rivals.mjs";
import { byHand, request, oursOver } from "../harness/graphs.mjs";

const graph = request();

export default {
  id: "W11a",
  title: "A request of ten providers",
  about:
    "Settings, token, database, cache, session, user, permissions, cart, prices, page; 18 edges.",
  operation: "provider",
  size: 500,
  operations: (size) => size * graph.length,
  floor: { name: "a memoised `Promise.all` by hand", run: byHand(graph) },
  ours: oursOver(graph, { 20: 0.9, 24: 0.9 }),
  rivals: rivalsOver(graph),
};
