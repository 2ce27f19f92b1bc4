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

  /** Serves requests of which one is under way; says what becomes of it. */
  const server = `
    async (group, { draining, untilDraining }) => {
      group.spawn(async (request) => {
        await sleep(Infinity, { signal: draining }).catch(() => {});
        await sleep(Number(process.env.REQUEST_MS ?? 20), request).catch(() => {});
        console.log("request", request.cancelled ? "cancelled" : "answered");
        request.throwIfCancelled();
      });
      console.log("ready");
      const { done, reason } = await untilDraining((scope) => sleep(Infinity, scope));
      console.log(done ? "all served" : "no more requests:", reason.message);
      console.log((await untilDraining(() => console.log("not called"))).done);
    }`;

  it("tells those who take in work first, and lets what is under way end within drainMs", async () => {
    const ending = await run(
      `await main(${server}, { drainMs: 60_000, exitCode: 0 });`,
      onReady("SIGTERM"),
    );
    expect(ending).toEqual({
      code: 0,
      signal: null,
      out: "ready\nno more requests: The process received SIGTERM\nfalse\nrequest answered\n",
      err: "",
    });
  });

  it("cancels what is under way after drainMs, and exits after graceMs more if that does not help", async () => {
    const slow = "process.env.REQUEST_MS = 3_600_000;";
    const cancelled = await run(
      `${slow} await main(${server}, { drainMs: 5 });`,
      onReady("SIGINT"),
    );
    expect(cancelled.out).toContain(
      "no more requests: The process received SIGINT\nfalse\nrequest cancelled",
    );
    expect(cancelled.code).toBe(130);
    const deaf = await run(
      `await main(async () => { console.log("ready"); await new Promise(() => {}); }, { drainMs: 1, graceMs: 1, exitCode: 0 });`,
      onReady("SIGTERM"),
    );
    expect(deaf.code).toBe(143);
  });

  it("exits with the code that the program decides, from everything that it can know", async () => {
    const decide =
      "exitCode: ({ signal, failed, error }) => { console.log(signal, failed, error?.message); return 42; }";
    const wait = `async (group) => { console.log("ready"); await sleep(Infinity, group); }`;
    const stopped = await run(`await main(${wait}, { ${decide} });`, onReady("SIGTERM"));
    expect(stopped).toMatchObject({ code: 42, out: "ready\nSIGTERM false undefined\n" });
    const failed = await run(`await main(() => { throw new Error("no"); }, { ${decide} });`);
    expect(failed).toMatchObject({ code: 42, out: "undefined true no\n" });
    expect(failed.err).toContain("Error: no");
    const done = await run(`await main(() => {}, { ${decide} });`);
    expect(done).toMatchObject({ code: 42, out: "undefined false undefined\n" });
  });

  it.each([
    ["exitCode: 0 after a graceful signal", "", "{ exitCode: 0 }", 0],
    ["process.exitCode, if the program has set it, 0 too", "process.exitCode = 0;", "{}", 0],
    ["128 and the signal's number else", "", "{}", 143],
  ])("exits with %s", async (_, statement, options, code) => {
    const program = `await main(async (group) => { console.log("ready"); await sleep(Infinity, group).finally(() => { ${statement} }); }, ${options});`;
    expect((await run(program, onReady("SIGTERM"))).code).toBe(code);
  });

  it("does not hide a failure behind a number", async () => {
    const ending = await run(`await main(() => { throw new Error("no"); }, { exitCode: 0 });`);
    expect(ending.code).toBe(1);
  });

  it("prints what is wrong with an exit code that is none, and exits with 1", async () => {
    const ending = await run(`await main(() => {}, { exitCode: () => 256 });`);
    expect(ending.code).toBe(1);
    expect(ending.err).toContain("integer from 0 to 255");
    expect(() => main(() => {}, { exitCode: -1 })).toThrow(RangeError);
    expect(() => main(() => {}, { exitCode: "0" as never })).toThrow(TypeError);
    expect(() => main(() => {}, { drainMs: Number.NaN })).toThrow(RangeError);
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
