import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { main } from "../../lib/index.ts";

const library = new URL("../../dist/index.js", import.meta.url).href;

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program as a process. Each time it prints a line, `onLine` may answer with a signal. */
async function run(
  program: string,
  onLine: (line: string) => NodeJS.Signals | undefined = () => undefined,
): Promise<Ending> {
  const source = `import { main, shield, sleep } from ${JSON.stringify(library)};\n${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source]);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const line of text.trim().split("\n")) {
      const signal = onLine(line);
      if (signal !== undefined) child.kill(signal);
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, out, err };
}

const onReady = (signal: NodeJS.Signals) => (line: string) =>
  line === "ready" ? signal : undefined;

describe("main", () => {
  it("keeps the process alive until the group has ended, and exits with 0", async () => {
    const ending = await run(`
      await main((group) => { group.spawn(async () => { await new Promise((r) => setTimeout(r, 5).unref()); console.log("done"); }); });
    `);
    expect(ending).toEqual({ code: 0, signal: null, out: "done\n", err: "" });
  });

  it("exits with what process.exitCode was set to", async () => {
    expect((await run(`await main(() => { process.exitCode = 7; });`)).code).toBe(7);
  });

  it("prints a failure with all that go with it, and exits with 1", async () => {
    const ending = await run(`
      await main((group) => {
        group.spawn(async (task) => { await sleep(Infinity, task).catch(() => { throw new Error("second failure"); }); });
        group.spawn(async () => { await null; await null; throw new Error("first failure"); });
      });
      console.log("after");
    `);
    expect(ending.code).toBe(1);
    expect(ending.out).toBe("after\n");
    expect(ending.err).toContain("first failure");
    expect(ending.err).toContain("second failure");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("unwinds on %s and exits with %d", async (signal, code) => {
    const ending = await run(
      `
      await main(async (group) => {
        group.defer(() => console.log("deferred"));
        group.background(async (task) => { try { await sleep(Infinity, task); } finally { console.log("service", task.reason.message); } });
        console.log("ready");
        try { await sleep(Infinity, group); } finally { console.log("body", group.origin); }
      });
      console.log("end");
    `,
      onReady(signal),
    );
    expect(ending).toEqual({
      code,
      signal: null,
      out: `ready\nbody signal\nservice The process received ${signal}\ndeferred\nend\n`,
      err: "",
    });
  });

  it("reports a failure of the cleanup after a signal, and exits with 1", async () => {
    const ending = await run(
      `await main(async (group) => { console.log("ready"); await sleep(Infinity, group).catch(() => { throw new Error("cleanup"); }); });`,
      onReady("SIGTERM"),
    );
    expect(ending.code).toBe(1);
    expect(ending.err).toContain("cleanup");
  });

  it("exits at once on a second signal", async () => {
    const ending = await run(
      `
      await main(async (group) => {
        console.log("ready");
        await sleep(Infinity, group).catch(() => {});
        console.log("again");
        await new Promise(() => {});
      });
    `,
      (line) => (line === "ready" || line === "again" ? "SIGINT" : undefined),
    );
    expect(ending.code).toBe(130);
    expect(ending.out).toBe("ready\nagain\n");
  });

  it("exits when unwinding takes longer than the grace period", async () => {
    const ending = await run(
      `await main(async () => { console.log("ready"); await new Promise(() => {}); }, { graceMs: 1 });`,
      onReady("SIGTERM"),
    );
    expect(ending.code).toBe(143);
  });

  it("leaves no handler and no timer behind", async () => {
    const before = process.listenerCount("SIGINT");
    await main((group) => {
      expect(process.listenerCount("SIGINT")).toBe(before + 1);
      return group.name;
    });
    expect(process.listenerCount("SIGINT")).toBe(before);
  });

  it("refuses what is no function, no duration and no signal, synchronously", () => {
    expect(() => main(5 as never)).toThrow(TypeError);
    expect(() => main(() => {}, { graceMs: -1 })).toThrow(RangeError);
    expect(() => main(() => {}, { signals: ["SIGNOPE" as never] })).toThrow(/SIGNOPE/);
  });
});
