import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { observe } from "../support/observed.ts";

const patience = { timeout: 120_000 };

describe("watchEventLoop", () => {
  it.each([["computes"], ["hashes"]])(
    "names the task and the function that %s",
    patience,
    async (kind) => {
      const program = observe("stalls.mjs", [kind]);
      await program.ended;
      const { stdout, stderr } = program.output;
      // A busy machine may have stalled it once more.
      const event = stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as { task?: string; site?: string; stack?: string })
        .find(({ task }) => task === "work");
      expect(event).toBeDefined();
      expect(event!.site).toMatch(new RegExp(`^at ${kind} \\(file:.*stalls\\.mjs:\\d+:\\d+\\)$`));
      expect(event!.stack!.split("\n").length).toBeGreaterThan(1);
      expect(stderr).toMatch(
        new RegExp(
          `\\[SKEIN_LOOP_BLOCKED\\] SkeinWarning: The event loop was blocked for \\d+ ms by the task "work", at ${kind} `,
        ),
      );
    },
  );

  it("tells of a function that never ends, while it runs", patience, async () => {
    const program = observe("stalls.mjs", ["neverEnds"]);
    await program.prints("and still is");
    expect(program.output.stderr).toMatch(
      /^The event loop was blocked for \d+ ms by the task "work", at neverEnds \(file:.*\), and still is\n {4}at neverEnds/m,
    );
    expect(program.child.exitCode).toBeNull();
  });

  it(
    "takes a process that was stopped as a whole for none that stood still",
    patience,
    async () => {
      const program = observe("stalls.mjs", ["nothing"]);
      await program.prints("ready");
      program.child.kill("SIGSTOP");
      // What is tried is that time passes, and nothing else does.
      await setTimeout(1_500);
      program.child.kill("SIGCONT");
      await program.ended;
      const events = program.output.stdout.split("\n").filter((line) => line.startsWith("{"));
      const lengths = events.map((line) => (JSON.parse(line) as { forMs: number }).forMs);
      // A busy machine may stall it for less.
      expect(lengths.filter((ms) => ms > 1_000)).toEqual([]);
    },
  );

  it("says as much as it can where the inspector is not permitted", patience, async () => {
    const flag = process.allowedNodeEnvironmentFlags.has("--permission")
      ? "--permission"
      : "--experimental-permission";
    const program = observe(
      "stalls.mjs",
      ["computes"],
      [flag, "--allow-fs-read=*", "--allow-worker"],
    );
    await program.ended;
    expect(program.output.stderr).toContain("The event loop was blocked for");
  });
});
