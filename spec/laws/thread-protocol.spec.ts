import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { explore, type Report } from "../support/explorer/explore.ts";
import { faults } from "../support/explorer/faults.ts";
import type { Scenario } from "../support/explorer/scenario.ts";
import { scenarios } from "../support/explorer/scenarios/all.ts";

/** `EXPLORE=deep` takes minutes: in every scenario, workers wait for calls in all the ways they have. */
const isDeep = process.env["EXPLORE"] === "deep";
/** More runs than this mean that a scenario has grown out of its bounds. */
const MOST_RUNS = isDeep ? 5_000_000 : 30_000;
const TIME_LIMIT_MS = isDeep ? 3_600_000 : 300_000;

function inBounds(scenario: Scenario): Scenario {
  return isDeep ? { ...scenario, waiting: "in all ways" } : scenario;
}

function named(name: string): Scenario {
  return scenarios.find((scenario) => scenario.name === name)!;
}

function told({ violations }: Report): string {
  const stories = [...violations].map(([what, story]) => [what, ...story].join("\n  "));
  return stories.join("\n");
}

describe("in every order in which everything can happen, all is well", () => {
  it.each(scenarios)(
    "$name",
    async (scenario) => {
      const report = await explore(inBounds(scenario), [], { runs: MOST_RUNS });
      expect(told(report)).toBe("");
      assert(report.isComplete);
      assert(report.ends.size > 0);
      if (isDeep) console.log(`${scenario.name}: ${report.states} states in ${report.runs} runs`);
    },
    TIME_LIMIT_MS,
  );
});

describe("orders that are left out lead to nothing else", () => {
  it.each([
    "a thread ends at any moment",
    "a function ends its thread, and is cancelled",
    "a quick call turns out to be long, and is cancelled",
    "the event loop turns while a call runs",
    "a held generator is cancelled, and told of a failure",
  ])("%s", async (name) => {
    const short = await explore(named(name), [], { runs: MOST_RUNS });
    const thorough = await explore(named(name), [], { runs: MOST_RUNS, isThorough: true });
    assert(thorough.isComplete);
    assert(thorough.states > short.states);
    expect(short.ends).toEqual(thorough.ends);
  });
});

describe("a fault in the code is found", () => {
  it.each(faults)("$name", async ({ patches, scenario, shows }) => {
    const limits = { runs: MOST_RUNS, stopsAtFirst: true };
    const report = await explore(named(scenario), patches, limits);
    expect([...report.violations.keys()].join("\n")).toMatch(shows);
  });
});
