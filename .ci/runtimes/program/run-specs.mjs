// Runs specs that were bundled with it, and tells what came of each test.
import { startTests } from "@vitest/runner";
import { told } from "./told.mjs";

const config = {
  root: "/",
  setupFiles: [],
  passWithNoTests: false,
  testTimeout: 30_000,
  hookTimeout: 30_000,
  teardownTimeout: 30_000,
  retry: 0,
  repeats: 0,
  bail: 0,
  allowOnly: false,
  maxConcurrency: 1,
  includeTaskLocation: false,
  sequence: { shuffle: false, concurrent: false, seed: 0, hooks: "stack", setupFiles: "list" },
  experimental: {},
  tags: [],
};

/**
 * @param specs - functions that load a spec, by its path
 * @param leaveOut - parts of the names of tests that are not for this runtime, each with the reason
 */
export async function runSpecs(specs, leaveOut) {
  const skipped = [];
  const runner = {
    config,
    pool: "portable",
    importFile: (path) => specs[path]?.(),
    onBeforeRunTask(test) {
      const name = `${test.file.filepath} > ${nameOf(test)}`;
      const reason = Object.keys(leaveOut).find((part) => name.includes(part));
      if (reason === undefined) return;
      test.mode = "skip";
      skipped.push(reason);
    },
  };
  const files = await startTests(Object.keys(specs), runner);
  const tests = files.flatMap(testsOf);
  const failed = [...files, ...files.flatMap(suitesOf), ...tests].flatMap((task) =>
    (task.result?.errors ?? []).map((error) => ({
      test: `${task.file?.filepath ?? task.filepath} > ${nameOf(task)}`,
      error: [error, error.cause].filter(Boolean).map(told).join("\ncause: "),
    })),
  );
  const passed = tests.filter((test) => test.result?.state === "pass").length;
  return { passed, failed, skipped };
}

function nameOf(task) {
  const names = [];
  for (let each = task; each !== undefined && each !== each.file; each = each.suite) {
    names.unshift(each.name);
  }
  return names.join(" > ");
}

function testsOf(task) {
  return task.type === "test" ? [task] : task.tasks.flatMap(testsOf);
}

function suitesOf(task) {
  return task.tasks
    .filter((each) => each.type === "suite")
    .flatMap((each) => [each, ...suitesOf(each)]);
}
