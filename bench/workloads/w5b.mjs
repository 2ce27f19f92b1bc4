import { generator, ours, rivals } from "../harness/channel-rivals.mjs";

export default {
  id: "W5b",
  title: "Values through a channel that hands over directly",
  about: "As W5 with capacity 0: a send ends when the value is received.",
  operation: "value",
  size: 1_000_000,
  goal: { 20: 1.1, 24: 1 },
  floor: { name: "a native async generator", run: generator },
  ours: ours(0),
  rivals: rivals(0),
};
