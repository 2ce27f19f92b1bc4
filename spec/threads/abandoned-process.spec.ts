import { describe, expect, it } from "vitest";
import { runProgram } from "../support/threads.ts";

describe("a process", () => {
  it.each([
    ["callback", ["left"]],
    ["spinning", ["left"]],
    ["blocked", ["left"]],
    ["own", ["left", "left"]],
    ["deadline", ["TimeoutError"]],
    ["others", ["left", "waited for"]],
    ["prewarmed", ["warm"]],
  ])(
    "ends by itself, whatever endless calls it has abandoned: %s",
    { timeout: 30_000 },
    async (way, lines) => {
      expect(await runProgram("leaves.mjs", way)).toMatchObject({ lines, code: 0 });
    },
  );
});
