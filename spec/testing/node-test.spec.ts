import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface Report {
  /** By the name of the test. */
  readonly passed: ReadonlySet<string>;
  readonly failed: ReadonlyMap<string, string>;
  readonly exitCode: number;
}

/** Runs a file of tests in Node's own runner, as a user's: it imports `skein` and `skein/testing` by name. */
function nodeTest(program: string): Promise<Report> {
  const file = fileURLToPath(new URL(`../support/test-programs/${program}`, import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  return new Promise((resolve) => {
    const args = ["--test", "--test-reporter=tap", file];
    const running = execFile(process.execPath, args, { env }, (_error, stdout) => {
      const passed = new Set<string>();
      const failed = new Map<string, string>();
      const results = stdout.matchAll(/^ *(not ok|ok) \d+ - (.*)\n( *)---\n([^]*?)\n\3\.\.\.$/gm);
      for (const [, verdict, name, , details] of results) {
        if (verdict === "ok") passed.add(name!);
        else failed.set(name!, details!);
      }
      resolve({ passed, failed, exitCode: running.exitCode! });
    });
  });
}

describe("skein/testing under node:test", () => {
  it("lets tests with virtual time, seeds and nothing left pass", async () => {
    const { passed, failed, exitCode } = await nodeTest("passing.test.mjs");
    expect([...failed]).toEqual([]);
    expect(exitCode).toBe(0);
    for (const name of [
      "passes at once",
      "fires deadlines and delays of retries",
      "waits for files and threads",
      "leaves the timers of the runner alone",
      "repeat with their seed",
      "differ from seed to seed",
      "waits until everything is idle",
    ]) {
      expect(passed).toContain(name);
    }
  });

  it("fails tests, and says why", async () => {
    const { passed, failed, exitCode } = await nodeTest("failing.test.mjs");
    expect(exitCode).toBe(1);
    const left = failed.get("fails the test, and is named");
    expect(left).toContain("ERR_SKEIN_TASKS_LEFT");
    expect(left).toContain('group "server"');
    expect(left).toContain('task "heartbeat": running');
    expect(failed.get("a fault that only some orders show fails with its seed")).toMatch(
      /seed \d+: -10/,
    );
    expect(
      failed.get("an assertion in virtual time fails the test, and puts real time back"),
    ).toContain("in virtual time");
    expect(passed).toContain("the first has it");
    expect(failed.get("the second is refused")).toContain("ERR_SKEIN_TEST_OVERLAP");
  });
});
