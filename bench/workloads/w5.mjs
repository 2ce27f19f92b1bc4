import { generator, ours, rivals } from "../harness/channel-rivals.mjs";

export default {
  id: "W5",
  title: "Values through a channel of capacity 64",
  about: "A million numbers from one producer to one consumer, who wait for each other.",
  operation: "value",
  size: 1_000_000,
  goal: { 20: 0.8, 24: 0.9 },
  floor: { name: "a native async generator", run: generator },
  ours: ours(64),
  rivals: rivals(64),
};
