import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("../support/differential/run.mjs", import.meta.url));
const execute = promisify(execFile);

/** Each module is read, run and compared; a machine that does much else takes its time. */
const patience = { timeout: 240_000 };

interface Tally {
  readonly same: number;
  readonly refused: number;
}

/** `DIFFERENTIAL=seed` and `RUNS=number` try others. */
const { DIFFERENTIAL: seed = "1", RUNS: runs = "250" } = process.env;

describe("a function that nobody wrote", () => {
  it("comes to the same in a thread and here, or is refused by name", patience, async () => {
    const env = { ...process.env, NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined };
    const { stdout } = await execute(process.execPath, [program, seed, runs], { env });
    const { same, refused } = JSON.parse(stdout) as Tally;
    // A law of refusals alone would be none.
    expect(same).toBeGreaterThan(Number(runs) * 0.7);
    expect(refused).toBeGreaterThan(0);
  });
});
