import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compiled = join(root, ".temp/observing-spec");
/** Starting the compiler, a process and a thread on a busy machine. */
const patience = 120_000;

describe("the example of OpenTelemetry", { timeout: patience }, () => {
  beforeAll(() => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", "examples", "--outDir", compiled], { cwd: root });
  }, patience);

  afterAll(() => rmSync(compiled, { recursive: true, force: true }));

  it("prints the spans that the guide shows, each below the one that it was begun in", () => {
    const program = join(compiled, "observing/spans.js");
    const env = { ...process.env, VITEST: undefined };
    const printed = execFileSync(process.execPath, [program], { encoding: "utf8", env });
    const guide = readFileSync(join(root, "docs/observing.md"), "utf8");
    expect(printed).toBe(/^```\n(GET [^`]*)^```$/m.exec(guide)![1]);
  });
});
