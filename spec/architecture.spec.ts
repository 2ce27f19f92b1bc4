import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { architectureProblems, linterOverrides } from "./support/architecture.ts";

const lib = new URL("../lib/", import.meta.url);

describe("lib", () => {
  it("keeps to its arrows, has no cycle, no drawer and no file that asks to be split", () => {
    expect(architectureProblems(sourcesOfLib())).toEqual([]);
  });

  it("has the same arrows in the linter's configuration", () => {
    const config = JSON.parse(readFileSync(new URL("../.oxlintrc.json", import.meta.url), "utf8"));
    const overrides = config.overrides.filter(
      (override: { rules: object }) => "no-restricted-imports" in override.rules,
    );
    expect(overrides).toEqual(linterOverrides());
  });
});

describe("architectureProblems", () => {
  const problemsOf = (files: Record<string, string>): string[] =>
    architectureProblems(new Map(Object.entries(files)));

  it("accepts imports along the arrows, whatever their form", () => {
    expect(
      problemsOf({
        "index.ts": `export { taskGroup } from "./tasks/task-group.ts";\n`,
        "tasks/task-group.ts": `import {\n  Scope,\n} from "../scope/scope.ts";\nimport "node:fs";\n`,
        "scope/scope.ts": `import type { Origin } from "../errors.ts";\n`,
        "errors.ts": `/**\n * import { x } from "./index.ts";\n */\n`,
      }),
    ).toEqual([]);
  });

  it("names a wrong arrow, also when only types travel along it or it is dynamic", () => {
    expect(
      problemsOf({
        "scope/scope.ts": `import type { Task } from "../tasks/task.ts";\n`,
        "tasks/task.ts": `const limiter = await import("../sync/limiter.ts");\n`,
        "sync/limiter.ts": `export * from "../index.ts";\n`,
        "threads/closure/parse.ts": `import { plan } from "../../dependencies/plan.ts";\n`,
        "channels/pair.ts": `import { trace } from "../observe/trace.ts";\n`,
        "errors.ts": `import "../spec/support/architecture.ts";\n`,
      }),
    ).toEqual([
      "lib/scope/scope.ts imports lib/tasks/task.ts: scope may not import tasks",
      "lib/tasks/task.ts imports lib/sync/limiter.ts: tasks may not import sync",
      "lib/sync/limiter.ts imports lib/index.ts: sync may not import index",
      "lib/threads/closure/parse.ts imports lib/dependencies/plan.ts: threads may not import dependencies",
      "lib/channels/pair.ts imports lib/observe/trace.ts: channels may not import observe",
      "lib/errors.ts imports spec/support/architecture.ts, which is outside lib/",
    ]);
  });

  it("holds a part in a part to arrows of its own", () => {
    expect(
      problemsOf({
        "dependencies/walk-all.ts": `import "./lifetimes/store.ts";\nimport "./declare/provide.ts";\n`,
        "observe/report.ts": `import "../dependencies/plan/graph.ts";\n`,
        "dependencies/plan/graph.ts": `import "../declare/provide.ts";\nimport "../run/walk.ts";\n`,
        "dependencies/declare/provide.ts": `import "../prepare.ts";\nimport "../../sync/lock.ts";\n`,
      }),
    ).toEqual([
      "lib/dependencies/plan/graph.ts imports lib/dependencies/run/walk.ts: dependencies/plan may not import dependencies/run",
      "lib/dependencies/declare/provide.ts imports lib/dependencies/prepare.ts: dependencies/declare may not import dependencies",
      "lib/dependencies/declare/provide.ts imports lib/sync/lock.ts: dependencies/declare may not import sync",
    ]);
  });

  it("names a cycle by the files that form it", () => {
    expect(
      problemsOf({
        "scope/a.ts": `import { b } from "./b.ts";\n`,
        "scope/b.ts": `import { c } from "./c.ts";\n`,
        "scope/c.ts": `export { a } from "./a.ts";\n`,
      }),
    ).toEqual(["lib/ has an import cycle: scope/a.ts -> scope/b.ts -> scope/c.ts -> scope/a.ts"]);
  });

  it("names a member that is not private and could be", () => {
    const pair = (member: string): string =>
      `export class Pair {\n  _first = 1;\n  ${member} = 2;\n  sum() {\n    return this._first + this.${member};\n  }\n}\n`;
    const user = "export const first = (pair: Pair) => pair._first;\n";
    expect(problemsOf({ "sync/pair.ts": pair("_second"), "sync/user.ts": user })).toEqual([
      "lib/sync/pair.ts: only Pair uses its _second, so it is #second",
    ]);
    expect(problemsOf({ "sync/pair.ts": pair("#second"), "sync/user.ts": user })).toEqual([]);
    const extended = `${user}export class Triple extends Pair {}\n`;
    expect(problemsOf({ "sync/pair.ts": pair("_second"), "sync/user.ts": extended })).toEqual([]);
  });

  it("names drawers, files without a part and files that are too long", () => {
    expect(
      problemsOf({
        "scope/utils.ts": "",
        "tasks/types/task.ts": "",
        "extras/thing.ts": "",
        "errors.ts": "// a comment\n\nstatement();\n".repeat(321),
        "host/web.ts": `"a long text";\n/** ${"words ".repeat(20)} */\n`,
      }),
    ).toEqual([
      "lib/scope/utils.ts is a drawer: name a file after what it is for",
      "lib/tasks/types/task.ts is a drawer: name a file after what it is for",
      `lib/extras/thing.ts belongs to no part: give "extras" its row in the table of arrows`,
      "lib/errors.ts has 321 code lines: at 320 a file is split",
      "lib/host/web.ts has a comment wider than 120 columns in line 2",
    ]);
  });
});

function sourcesOfLib(): Map<string, string> {
  return new Map(
    readdirSync(lib, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => [path, readFileSync(new URL(path, lib), "utf8")]),
  );
}
