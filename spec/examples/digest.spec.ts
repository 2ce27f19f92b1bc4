import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const compiled = join(root, ".temp/demo-spec");
const program = join(compiled, "digest/main.js");
/** Starting processes and threads on a busy machine. */
const patience = 60_000;

describe("the digest example", { timeout: patience }, () => {
  let directory: string;
  let folder: string;
  let temporary: string;

  beforeAll(() => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", "examples", "--outDir", compiled], { cwd: root });
  }, patience);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "skein-digest-spec-"));
    folder = join(directory, "folder");
    temporary = join(directory, "temporary");
    mkdirSync(join(folder, "inside"), { recursive: true });
    mkdirSync(temporary);
    writeFileSync(join(folder, "two-lines"), "one\ntwo\n");
    writeFileSync(join(folder, "inside/long"), "x".repeat(100_000));
    writeFileSync(join(folder, "inside/empty"), "");
    return () => rmSync(directory, { recursive: true, force: true });
  });

  afterAll(() => rmSync(compiled, { recursive: true, force: true }));

  it("reads, hashes, compresses and counts every file of a folder", async () => {
    const report = join(directory, "report.jsonl");
    const { code, stderr, events } = await run([folder, "--json", "--report", report]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const finished = events.at(-1);
    expect(finished).toMatchObject({ event: "finished", complete: true, found: 3, unreadable: [] });
    expect(finished).toHaveProperty("value.files", 3);
    expect(finished).toHaveProperty("value.bytes", 100_008);
    expect(finished).toHaveProperty("value.lines", 2);
    expect(finished).not.toHaveProperty("comparison");

    const results = readFileSync(report, "utf8").trim().split("\n").map(parse);
    const sha256 = createHash("sha256").update("one\ntwo\n").digest("hex");
    expect(results).toHaveLength(3);
    expect(results).toContainEqual(
      expect.objectContaining({ path: "two-lines", sha256, lines: 2 }),
    );
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("digests files again, in threads and on the event loop, to compare", async () => {
    const { events } = await run([folder, "--json", "--compare"]);
    expect(events.slice(-3)).toMatchObject([
      { event: "comparing", where: "in threads" },
      { event: "comparing", where: "on the event loop" },
      { event: "finished" },
    ]);
    const finished = events.at(-1);
    expect(finished).toHaveProperty("comparison.onEventLoop.value.bytes", 100_008);
    expect(finished).toHaveProperty("comparison.inThreads.value.bytes", 100_008);
  });

  it("prints a table and, in a pipe, no progress", async () => {
    const { code, stdout, stderr } = await run([folder, "--compare"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^files +3 +3 +3$/m);
    expect(stdout).toMatch(/^event loop blocked up to( +\d+(\.\d)? ms){3}$/m);
    expect(stdout).toMatch(
      /^On the event loop nothing else ran for up to \d+(\.\d)? ms, with threads /m,
    );
    expect(stdout).not.toContain("\u001B");
  });

  it("gives the results so far when its time is over", async () => {
    const { code, stdout, stderr } = await run([folder, "--timeout", "0"]);
    expect(stdout).toMatch(/^files +0$/m);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "Time was over after 0 of 3 files\n" });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("tidies up and keeps no report when it is interrupted", async () => {
    const report = join(directory, "report.jsonl");
    const large = join(root, "node_modules");
    const ended = await run([large, "--json", "--report", report], (event, child) => {
      if (event["event"] !== "started") return;
      expect(readdirSync(temporary)).toHaveLength(1);
      child.kill("SIGINT");
    });
    expect(ended.code).toBe(128 + constants.signals.SIGINT);
    expect(ended.events.map(({ event }) => event)).not.toContain("finished");
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(directory)).not.toContain("report.jsonl");
  });

  it("tidies up when nobody reads what it prints", async () => {
    const large = join(root, "node_modules");
    const { code } = await run([large, "--json"], (_event, child) => child.stdout.destroy());
    expect(code).toBe(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("goes on without a file that it cannot read, and says so", async () => {
    // More than `readFile` takes, and a hole on the disk.
    writeFileSync(join(folder, "huge"), "");
    truncateSync(join(folder, "huge"), 3 * 2 ** 30);
    const { code, stdout, stderr } = await run([folder]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Could not read huge: RangeError .*\n$/);
    expect(stdout).toMatch(/^files +3$/m);
  });

  it.each([
    ["a folder that is missing", ["nowhere"], /^Expected a folder, got .*nowhere\n$/],
    ["a file", ["package.json"], /^Expected a folder, got .*package.json\n$/],
    ["a time-out that is no number", ["--timeout", "soon"], /^Expected --timeout .*"soon"\n$/],
    ["a time-out of nothing", ["--timeout", ""], /^Expected --timeout .*""\n$/],
    ["two folders", ["lib", "spec"], /^Expected one folder, got 2\n$/],
    ["an option that it does not have", ["--fast"], /^Unknown option '--fast'/],
  ])("refuses %s in one line", async (_what, args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
    /** The lines of standard output that are JSON. */
    readonly events: Record<string, unknown>[];
  }

  type Child = ReturnType<typeof start>;

  // oxlint-disable-next-line typescript/explicit-function-return-type -- the type follows from the streams
  function start(args: readonly string[]) {
    const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
    return spawn(process.execPath, [program, ...args], {
      cwd: root,
      env: { ...env, NODE_OPTIONS: undefined, NODE_V8_COVERAGE: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  function run(
    args: readonly string[],
    onEvent: (event: Record<string, unknown>, child: Child) => void = () => {},
  ): Promise<Ended> {
    const child = start(args);
    const events: Record<string, unknown>[] = [];
    let stdout = "";
    let stderr = "";
    let line = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const lines = (line + text).split("\n");
      line = lines.pop() ?? "";
      for (const complete of lines) {
        if (!complete.startsWith("{")) continue;
        const event = parse(complete);
        events.push(event);
        onEvent(event, child);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, stderr, events }));
    });
  }
});

function parse(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}
