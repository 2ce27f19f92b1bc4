import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draw } from "../../lib/cli/drawing.ts";
import { duration } from "../../lib/cli/duration.ts";
import { fold, type Folded } from "../../lib/cli/fold.ts";
import type { ProcessReport, ReportNode } from "../../lib/observe/process-report.ts";

let ids = 0;
const node = (part: Partial<ReportNode> & { name: string }): ReportNode => ({
  kind: "task",
  id: ++ids,
  children: [],
  ...part,
});
const linesOf = (tasks: ReportNode[], part: Partial<ProcessReport> = {}): string[] =>
  draw(
    {
      version: 1,
      pid: 7,
      node: "v20.1.0",
      command: ["server.mjs"],
      uptimeMs: 61_000,
      tasks,
      pools: [],
      ...part,
    },
    120,
  );

describe("a drawn report", () => {
  it("begins with what the process is", () => {
    expect(linesOf([])).toEqual(["server.mjs  pid 7, Node 20.1.0, up 1 min", "no task runs"]);
  });

  it("folds siblings that differ in numbers only, with all that is below them", () => {
    const requests = [3, 1, 20].map((n) =>
      node({
        name: `request ${n}`,
        status: "running",
        deadlineInMs: n * 1_000,
        children: [
          node({ kind: "wait", name: `the time, ${n * 7} ms from now` }),
          node({ name: "query" }),
          node({ name: "query" }),
        ],
      }),
    );
    expect(linesOf([...requests, node({ name: "request x" })]).slice(1)).toEqual([
      `task "request 1–20" ×3, deadline in 1 s to 20 s`,
      `  waits for the time, 7–140 ms from now`,
      `  task "query" ×2`,
      `task "request x"`,
    ]);
  });

  it("keeps apart what differs in its state or below it", () => {
    const lines = linesOf([
      node({ name: "a", status: "running" }),
      node({ name: "a", status: "pending" }),
      node({ name: "a", cancelled: "Error: stop" }),
      node({ name: "a", children: [node({ kind: "wait", name: "a lock" })] }),
      node({ kind: "group", name: "a", joined: false }),
    ]);
    expect(lines.slice(1)).toEqual([
      `task "a"`,
      `task "a", pending`,
      `task "a", cancelled and not ended (Error: stop)`,
      `task "a", waits for a lock`,
      `group "a", not joined`,
    ]);
  });

  it("says a deadline where it is another than above", () => {
    const inner = node({ name: "inner", deadlineInMs: 4_995 });
    const sooner = node({ name: "sooner", deadlineInMs: 100 });
    const outer = node({ name: "outer", deadlineInMs: 5_000, children: [inner, sooner] });
    expect(linesOf([outer]).slice(1)).toEqual([
      `task "outer", deadline in 5 s`,
      `  task "inner"`,
      `  task "sooner", deadline in 100 ms`,
    ]);
  });

  it("shows what threads do", () => {
    const threads = [
      { id: 1, phase: "up", call: { name: "resize", forMs: 12_000 } },
      { id: 2, phase: "up" },
      { id: 3, phase: "up", call: { name: "ask", forMs: 5 }, awaitsCallback: true },
      { id: 4, phase: "starting" },
      { id: 5, phase: "up", sessions: 2 },
      { id: 6, phase: "up" },
    ] as const;
    const pools = [{ running: 2, queued: 1_000, completed: 12, threads }];
    expect(linesOf([], { pools }).slice(2)).toEqual([
      "thread pool: 2 running, 1,000 queued, 12 completed",
      "  thread 1: resize, for 12 s",
      "  thread 3: ask, for 5 ms, waits for a callback",
      "  thread 4: starting",
      "  thread 5: holds 2 generators",
      "  idle: 2",
    ]);
  });

  it("keeps to the width, and lets no name draw on the terminal", () => {
    const [, line] = linesOf([node({ name: `\u001B[31m\n${"x".repeat(500)}` })]);
    expect(line).toHaveLength(120);
    expect(line).not.toMatch(/\p{Cc}/u);
  });
});

describe("folding", () => {
  const nodesBelow = (depth: number): fc.Arbitrary<ReportNode[]> =>
    fc.array(
      fc.record({
        kind: fc.constantFrom("task" as const, "group" as const),
        id: fc.nat(),
        name: fc.constantFrom("a", "a 1", "a 2", "b 1.5", "", "\u0000", "17"),
        children: depth === 0 ? fc.constant([]) : nodesBelow(depth - 1),
      }),
      { maxLength: 4 },
    );

  it("loses no node", () => {
    const countOf = (folded: readonly Folded[]): number =>
      folded.reduce((sum, { count, children }) => sum + count * (1 + countOf(children)), 0);
    const countNodes = (all: readonly ReportNode[]): number =>
      all.reduce((sum, { children }) => sum + 1 + countNodes(children), 0);
    fc.assert(
      fc.property(nodesBelow(3), (roots) => {
        expect(countOf(fold(roots, () => undefined))).toBe(countNodes(roots));
      }),
    );
  });
});

describe("a duration", () => {
  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [1_000, "1 s"],
    [3_456, "3.4 s"],
    [59_999, "59 s"],
    [90_000, "1.5 min"],
    [7_200_000, "2 h"],
    [864_000_000, "10 d"],
  ])("of %d ms is %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
