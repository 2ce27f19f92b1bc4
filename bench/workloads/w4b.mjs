import { allInOrder } from "../harness/same.mjs";
import { waitsOnce } from "../harness/tasks.mjs";
import { lanes, limiters } from "./w4.mjs";

const LIMIT = 16;

export default {
  id: "W4b",
  title: "Tasks of a group bounded to 16 at a time",
  about: "As W4, but all 100,000 tasks are spawned at once and wait for their turn.",
  operation: "task",
  size: 100_000,
  goal: { 20: 8, 24: 8 },
  floor: { name: "16 async workers by hand", run: lanes },
  ours: [
    {
      name: "taskGroup with `concurrency`",
      make:
        ({ taskGroup }) =>
        async (size) => {
          const tasks = [];
          await taskGroup(
            (group) => {
              for (let i = 0; i < size; i++) {
                tasks.push(group.spawn(() => waitsOnce(i)));
              }
            },
            { concurrency: LIMIT },
          );
          allInOrder(
            tasks.map((task) => task.result()),
            size,
          );
        },
    },
    {
      name: "CapacityLimiter wrap",
      quick: false,
      make:
        ({ CapacityLimiter }) =>
        async (size) => {
          const work = new CapacityLimiter(LIMIT).wrap(waitsOnce);
          const tasks = [];
          for (let i = 0; i < size; i++) tasks.push(work(i));
          allInOrder(await Promise.all(tasks), size);
        },
    },
  ],
  rivals: limiters(),
};
