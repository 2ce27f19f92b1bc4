import { afterEach, expect } from "vitest";
import { assertNoTasks } from "../../lib/testing.ts";

/** Where every spec also shows that nothing of it is left: no task, no group, no scope. */
const folders = [
  "ambient",
  "channels",
  "dependencies",
  "laws",
  "observe",
  "scope",
  "sync",
  "tasks",
  "testing",
];

const path = expect.getState().testPath ?? "";
if (folders.some((folder) => path.includes(`/spec/${folder}/`))) afterEach(() => assertNoTasks());
