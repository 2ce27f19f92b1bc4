import { spawn } from "node:child_process";
import { onTestFinished, describe, expect, it } from "vitest";
import { observe, skein } from "../support/observed.ts";

/** Programs and the tool start in it, on machines that may be busy. */
const patience = { timeout: 120_000 };

const seen = [
  `group "server"`,
  `  service "heartbeat", waits for the time`,
  `  task "request 1–10000" ×10,000, waits for a lock`,
  `  task "resize", waits for "block" in a worker thread`,
  `  task "consumer", waits for an item of a channel, deadline in 59 min`,
  `thread pool: 1 running, 0 queued, 0 completed`,
  `  thread 1: block, for `,
];

describe("skein ps", () => {
  it.each([
    ["has made no preparations", [], "through Node's inspector, on 127.0.0.1:"],
    ["has called inspectable()", ["inspectable"], "at /"],
  ])("shows what a program does that %s", patience, async (_, args, how) => {
    const program = observe("serves.mjs", args);
    await program.prints("ready");
    const { code, stdout, stderr } = await skein("ps", String(program.pid));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/serves\.mjs.* {2}pid \d+, Node \d+\.\d+\.\d+, up \d/);
    for (const line of seen) {
      expect(lines.some((each) => each.startsWith(line))).toBe(true);
    }
    expect(lines.at(-1)).toContain(`looked at ${how}`);
    // Ten thousand tasks are readable.
    expect(lines.length).toBeLessThan(12);
    program.child.kill();
    await program.ended;
  });

  it("closes the inspector again that it has opened", patience, async () => {
    const program = observe("serves.mjs", []);
    await program.prints("ready");
    const { stdout } = await skein("ps", String(program.pid));
    const port = /on 127\.0\.0\.1:(\d+)/.exec(stdout)![1];
    const asks = (): Promise<string> =>
      fetch(`http://127.0.0.1:${port}/json/version`).then(
        () => "open",
        () => "closed",
      );
    await expect.poll(asks, { timeout: 30_000 }).toBe("closed");
    // And opens it once more.
    expect((await skein("ps", String(program.pid))).code).toBe(0);
  });

  it("shows a program whose event loop stands still", patience, async () => {
    const program = observe("loops.mjs", []);
    await program.prints("ready");
    const { stdout, stderr } = await skein("ps", String(program.pid));
    expect(stderr).toBe("");
    expect(stdout).toContain(`task "endless"`);
  });

  it("gives the same as data", patience, async () => {
    const program = observe("serves.mjs", ["inspectable"]);
    await program.prints("ready");
    const { stdout } = await skein("ps", String(program.pid), "--json");
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ version: 1, pid: program.pid, tasks: [{ name: "server" }] });
    expect(report.tasks[0].children).toHaveLength(10_003);
    expect(report.pools).toMatchObject([{ running: 1, threads: [{ call: { name: "block" } }] }]);
  });

  it("does not send its signal to a program that this would end", patience, async () => {
    const sleeping = spawn("sleep", ["60"]);
    onTestFinished(() => void sleeping.kill());
    const { code, stderr } = await skein("ps", String(sleeping.pid));
    expect(stderr).toMatch(/^Process \d+ is \S*sleep|^Process \d+ is .*coreutils/);
    expect(code).toBe(1);
    expect(sleeping.exitCode).toBeNull();
    expect(sleeping.signalCode).toBeNull();
  });

  it("says that there is no such process, or no skein in it", patience, async () => {
    expect(await skein("ps", "999999999")).toMatchObject({
      code: 1,
      stderr: "There is no process 999999999\n",
    });
    const other = spawn(process.execPath, [
      "--inspect-port=0",
      "--eval",
      "setInterval(() => {}, 1000); console.log('up')",
    ]);
    onTestFinished(() => void other.kill());
    await new Promise((resolve) => other.stdout.once("data", resolve));
    const { code, stderr } = await skein("ps", String(other.pid));
    expect(stderr).toContain("has not loaded skein as a package of its own");
    expect(code).toBe(1);
  });

  it("says how it is called", patience, async () => {
    for (const args of [[], ["ps"], ["pss", "1"], ["ps", "1", "2"], ["ps", "1", "--wat"]]) {
      const { code, stdout, stderr } = await skein(...args);
      expect(code).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toContain("Usage: skein ps");
    }
    expect((await skein("--help")).stdout).toContain("Usage: skein ps");
    expect((await skein("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
