import { describe, expect, it } from "vitest";
import { runProgram, startProgram } from "../support/threads.ts";

const twenty = Array.from({ length: 20 }, (_, n) => `line ${n}`);
/** Starting a process under load. */
const patience = { timeout: 30_000 };

describe("what a function prints", () => {
  it.each([
    ["log", "spin"],
    ["write", "spin"],
    ["mixed", "spin"],
    ["log", "wait"],
  ])("is there before its thread is ended: %s, then %s", patience, async (way, then) => {
    const { lines } = await runProgram("prints.mjs", "killed", way, then);
    expect(lines).toEqual([...twenty, "killed"]);
  });

  it.each(["error", "stderr"])(
    "on the other stream is there before its thread is ended: %s",
    patience,
    async (way) => {
      const { lines, stderr } = await runProgram("prints.mjs", "killed", way, "spin");
      expect(lines).toEqual(["killed"]);
      expect(stderr.split("\n").filter((line) => line.startsWith("line"))).toEqual(twenty);
    },
  );

  it.each([
    ["log", "spin"],
    ["log", "wait"],
    ["write", "spin"],
    ["stderr", "spin"],
  ])("is seen while it computes: %s, then %s", patience, async (way, then) => {
    const program = startProgram("prints.mjs", "goesOn", way, then);
    expect(await program.prints("line 19\n")).toBe(true);
    program.tell("go on");
    const { lines, stderr } = await program.ended;
    const printed = way === "stderr" ? stderr.split("\n") : lines;
    expect(printed.filter((line) => line.startsWith("line"))).toEqual(twenty);
    expect(lines.at(-1)).toBe("returned");
  });

  it.each([
    ["exit", "WorkerExitedError"],
    ["throw", "Error"],
    ["return", "returned"],
  ])("is there before its result, when it ends by %s", patience, async (then, result) => {
    for (const way of ["log", "mixed"]) {
      const { lines } = await runProgram("prints.mjs", "ends", way, then);
      expect(lines).toEqual([...twenty, result]);
    }
  });

  it("is there, in order, as the output of an iteration", patience, async () => {
    const { lines } = await runProgram("prints.mjs", "iterated", "log");
    expect(lines).toEqual([...twenty, ...twenty, "2 items"]);
  });

  it("is there when its pool is destroyed", patience, async () => {
    const { lines } = await runProgram("prints.mjs", "destroyed", "log", "spin");
    expect(lines).toEqual([...twenty, "destroyed"]);
  });
});
