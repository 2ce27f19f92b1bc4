import { describe, expect, it, vi } from "vitest";
import { type ProcessError, runProcess } from "../../lib/index.ts";
import { marked, running } from "../support/processes.ts";

const library = new URL("../../dist/index.js", import.meta.url).href;

/** Runs a program that imports the built library. */
async function run(program: string): Promise<{ readonly end: unknown; readonly mark: string }> {
  const { env, mark } = marked();
  const code = `import { cancelScope, runProcess } from ${JSON.stringify(library)};\n${program}`;
  const args = ["--input-type=module", "--eval", code];
  const end = await runProcess(process.execPath, args, { env, exitCodes: "any" }).catch(
    (error: unknown) => error,
  );
  return { end, mark };
}

const stubborn = `["-c", "trap '' TERM HUP INT; echo ready; while :; do sleep 1000; done"]`;

describe.skipIf(process.platform !== "linux")("a program that runs processes", () => {
  it.each([
    ["process.exit(7)", 7],
    ["throw new Error('uncaught')", 1],
  ])("leaves none behind when it ends by %s", async (ending, exitCode) => {
    const { end, mark } = await run(`
      await runProcess("sh", ${stubborn}, { onStdout: () => { setImmediate(() => { ${ending} }); } });
    `);
    expect(end).toMatchObject({ exitCode });
    await vi.waitFor(() => expect(running(mark)).toEqual([]));
  });

  it("leaves them behind, as is documented, when it is killed", async () => {
    const { end, mark } = await run(`
      await runProcess("sh", ${stubborn}, { onStdout: () => process.kill(process.pid, "SIGKILL") });
    `);
    expect((end as ProcessError).signal).toBe("SIGKILL");
    const left = running(mark);
    expect(left.length).toBeGreaterThan(0);
    for (const pid of left) process.kill(pid, "SIGKILL");
  });

  it("ends by itself as soon as a process has stopped, however long that had", async () => {
    const { end } = await run(`
      // Node has one for a module that waits at its top level.
      const before = process.listenerCount("exit");
      const outcome = await cancelScope((scope) =>
        runProcess("sh", ["-c", "echo ready; sleep 1000"], { scope, graceMs: 1e9, onStdout: () => scope.cancel() }));
      console.log(outcome.done, process.listenerCount("exit") - before);
    `);
    expect(end).toEqual({ exitCode: 0, stdout: "false 0\n", stderr: "" });
  });
});
