import { same } from "../harness/same.mjs";
import { waitsOnce } from "../harness/tasks.mjs";
import { guards, ours } from "../harness/deadline-guards.mjs";

/** One guarded operation after another. */
const inSequence = (guard) => async (size) => {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += await guard(i);
  same(sum, (size * (size - 1)) / 2);
};

export default {
  id: "W6a",
  title: "A deadline that does not fire, one operation after another",
  about: "100,000 operations that await one resolved value, each allowed 30 seconds.",
  operation: "operation",
  size: 100_000,
  goal: { 20: 4, 24: 4 },
  floor: { name: "the operation alone", run: inSequence(waitsOnce) },
  ours: ours(inSequence),
  rivals: guards(inSequence, { effection: 500, abortSignals: 10_000 }),
};
