import { describe, expect, it } from "vitest";
import { publicSignatures } from "../../spec/support/api-parameters.ts";
import { findingsIn } from "./linting.ts";

const takesScope =
  /\bScopeLike\b|\b(Call|Hedge|Map|Process|Resolution|Resolve|Retry|Run|Scope|Select|Stream|TaskGroup)Options\b/;

/** What takes a scope and need not have it. */
const leftOut: Record<string, string> = {
  "Program.untilDraining": "it is told by the program",
  shield: "cleanup has a limit of its own",
  "ThreadedFunction.in": "it is there for nothing else",
};

const signatures = publicSignatures().flatMap(({ name, parameters }) => {
  const at = parameters.findIndex((parameter) => takesScope.test(parameter));
  const [entry, path = ""] = name.split(" ");
  return entry === "skein" && at !== -1 ? [{ path, at }] : [];
});

describe("pass-scope", () => {
  it.each(signatures)("knows that $path takes a scope", ({ path, at }) => {
    const [name = "", method] = path.split(".");
    const callee = method === undefined ? `skein.${name}` : `on.${method}`;
    const scopeFirst =
      method === undefined && at === 0 && name !== "checkpoint" && name !== "openTaskGroup";
    const args = scopeFirst ? ["() => 1"] : Array.from({ length: at }, (_, i) => `given${i}`);
    const type = method === undefined ? "unknown" : `skein.${name}`;
    const code = `import type * as skein from "skein"; async function work(task: skein.TaskScope, on: ${type}) { await ${callee}(${args.join(", ")}); }`;
    expect(findingsIn(code)).toEqual(path in leftOut ? [] : ["1 skein/pass-scope"]);
  });

  it("says why it leaves out what it leaves out", () => {
    const paths = signatures.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(Object.keys(leftOut)));
  });
});
