import { allInOrder } from "../harness/same.mjs";
import { waitsOnce } from "../harness/tasks.mjs";
import { guards, ours } from "../harness/deadline-guards.mjs";

/** All of them in flight. */
const atOnce = (guard) => async (size) => {
  const running = [];
  for (let i = 0; i < size; i++) running.push(guard(i));
  allInOrder(await Promise.all(running), size);
};

export default {
  id: "W6b",
  title: "A deadline that does not fire, all operations at once",
  about:
    "100,000 operations that await one resolved value, each allowed 30 seconds, all in flight.",
  operation: "operation",
  size: 100_000,
  goal: { 20: 9, 24: 6 },
  floor: { name: "the operation alone", run: atOnce(waitsOnce) },
  ours: ours(atOnce),
  rivals: guards(atOnce, { effection: 300, abortSignals: 5_000 }),
};
