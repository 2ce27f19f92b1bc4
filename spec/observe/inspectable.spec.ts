import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { inspectable, sleep, taskGroup } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const before = process.env["TMPDIR"];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-spec-"));
  process.env["TMPDIR"] = folder;
});

afterEach(() => {
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  rmSync(folder, { recursive: true });
});

describe("inspectable", () => {
  it("sends whoever connects one report, and ends the connection", async () => {
    await using opened = await inspectable();
    const reports: string[] = [];
    await taskGroup(
      async (group) => {
        group.spawn((task) => sleep(3_600_000, task), { name: "poll" });
        await sleep(1, group);
        for (let n = 0; n < 2; n++) reports.push(await text(connect(opened.socket)));
        group.finish(undefined);
      },
      { name: "server" },
    );
    expect(reports).toHaveLength(2);
    for (const report of reports) {
      expect(JSON.parse(report)).toMatchObject({
        version: 1,
        pid: process.pid,
        tasks: [{ kind: "group", name: "server", children: [{ name: "poll" }] }],
      });
    }
  });

  it("knows a task again in the next report", async () => {
    await using opened = await inspectable();
    const idOf = async (): Promise<number> =>
      JSON.parse(await text(connect(opened.socket))).tasks[0].id as number;
    await taskGroup(async () => {
      const id = await idOf();
      expect(await idOf()).toBe(id);
    });
  });

  it("listens where only its user comes, and removes the socket", async () => {
    const opened = await inspectable();
    expect(statSync(dirname(opened.socket)).mode & 0o777).toBe(0o700);
    await opened[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    expect(existsSync(opened.socket)).toBe(false);
  });

  it("refuses a folder into which others could put a socket", async () => {
    const { socket } = await opensAndCloses();
    chmodSync(dirname(socket), 0o777);
    expect(await rejectionOf(inspectable())).toMatchObject({
      message: expect.stringMatching(/only this user can enter: pass `socket`/) as string,
    });
  });

  it("listens where it is told to, and not where somebody does", async () => {
    const socket = join(folder, "own.sock");
    await using opened = await inspectable({ socket });
    expect(opened.socket).toBe(socket);
    expect(await rejectionOf(inspectable({ socket }))).toMatchObject({ code: "EADDRINUSE" });
    expect(JSON.parse(await text(connect(socket)))).toMatchObject({ pid: process.pid });
  });

  it("takes the place of a process that was killed", async () => {
    const socket = join(folder, "left.sock");
    const script = `require("node:net").createServer().listen(${JSON.stringify(socket)}, () => console.log("up"))`;
    const other = spawn(process.execPath, ["--eval", script]);
    onTestFinished(() => void other.kill("SIGKILL"));
    await new Promise((resolve) => other.stdout.once("data", resolve));
    const closed = new Promise((resolve) => other.once("close", resolve));
    other.kill("SIGKILL");
    await closed;
    expect(existsSync(socket)).toBe(true);
    await using opened = await inspectable({ socket });
    expect(JSON.parse(await text(connect(opened.socket)))).toMatchObject({ pid: process.pid });
  });

  it("leaves alone a file that is no socket", async () => {
    const [directory, file] = [join(folder, "folder"), join(folder, "file")];
    mkdirSync(directory);
    writeFileSync(file, "precious");
    for (const socket of [directory, file]) {
      expect(await rejectionOf(inspectable({ socket }))).toMatchObject({ code: "EADDRINUSE" });
    }
    expect(statSync(directory).isDirectory()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  it("closes while somebody is connected and reads nothing", async () => {
    const opened = await inspectable();
    const connection = connect(opened.socket);
    connection.on("error", () => {});
    await new Promise((resolve) => connection.once("connect", resolve));
    await opened[Symbol.asyncDispose]();
    connection.destroy();
    expect(existsSync(opened.socket)).toBe(false);
  });

  async function opensAndCloses(): Promise<{ socket: string }> {
    const opened = await inspectable();
    await opened[Symbol.asyncDispose]();
    return opened;
  }
});
