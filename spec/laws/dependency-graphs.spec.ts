import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { predict } from "../support/graphs/model.ts";
import { type GraphProgram, graphProgram } from "../support/graphs/program.ts";
import { type Account, run } from "../support/graphs/run.ts";

const numRuns = process.env["EXPLORE"] === "deep" ? 100_000 : 400;

/** Within a step nothing says which answer is heard first, nor, in parallel teardown, which of several goes first. */
function comparable({ log, result }: Account, { teardown }: GraphProgram): string[] {
  const isFree = (entry: string): boolean =>
    entry.includes(" asked ") || (teardown === "parallel" && entry.startsWith("down"));
  const steps: string[][] = [[]];
  for (const entry of log) {
    if (entry === "-") steps.push([]);
    else steps.at(-1)!.push(entry);
  }
  const inOrder = steps.flatMap((entries) => [
    "-",
    ...entries.filter((entry) => !isFree(entry)),
    ...entries.filter(isFree).sort(),
  ]);
  return [...inOrder, result];
}

describe("resolveDependencies", () => {
  it(
    "starts, gives, tears down and rejects with what the rules say, for every graph",
    async () => {
      await fc.assert(
        fc.asyncProperty(graphProgram, async (program) => {
          const actual = await run(program);
          expect(comparable(actual, program)).toEqual(comparable(predict(program), program));
        }),
        { numRuns },
      );
    },
    numRuns * 20 + 10_000,
  );
});
