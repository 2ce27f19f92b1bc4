import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withVirtualClock } from "../../lib/testing.ts";
import { expectedOf } from "../support/combinator-model.ts";
import {
  combinators,
  type Deed,
  deeds,
  events,
  outcomeOf,
} from "../support/combinator-outcomes.ts";

/** Every list of up to three. */
const lists: readonly (readonly Deed[])[] = [[]];
for (let i = 0; i < 1 + 5 + 25; i++) {
  for (const deed of deeds) (lists as (readonly Deed[])[]).push([...lists[i]!, deed]);
}

describe.each(Object.keys(combinators))("%s", (name) => {
  it.each(events)("comes to what its functions do, when there is %s", async (what) => {
    // An attempt's group is its own affair: what it does to itself is a failure like others.
    if ((name === "retry" || name === "hedge") && what.includes("inside")) return;
    await withVirtualClock(async () => {
      for (const list of lists) {
        const expected = expectedOf(name, list, what);
        if (expected === undefined) continue;
        const outcome = await outcomeOf(name, list, what);
        expect({ list, outcome }).toEqual({ list, outcome: expected });
      }
    });
  });
});

const guide = readFileSync(new URL("../../docs/tasks.md", import.meta.url), "utf8");
const table = guide
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([first = ""]) => /^(gives|fails|stops)/.test(first));
const columns = ["all", "allSettled", "any", "race", "streamConcurrent"];

describe("the table of the guide", () => {
  it("has every pair", () => {
    expect(table.length).toBe((deeds.length * (deeds.length + 1)) / 2);
    expect(new Set(table.map(([first]) => first)).size).toBe(table.length);
  });

  it.each(table)("says what happens: %s", async (pair, ...cells) => {
    const list = pair!.split(", ") as Deed[];
    await withVirtualClock(async () => {
      const outcomes: string[] = [];
      for (const name of columns) outcomes.push(await outcomeOf(name, list, "outside"));
      expect(outcomes.map((outcome) => outcome.replace("reason outside", "reason"))).toEqual(cells);
    });
  });
});
