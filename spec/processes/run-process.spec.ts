import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  cancelScope,
  mapConcurrent,
  ProcessError,
  ProcessOutputError,
  ProcessStartError,
  runProcess,
  SkeinError,
  sleep,
  taskGroup,
  taskTree,
} from "../../lib/index.ts";
import { withVirtualClock } from "../../lib/testing.ts";
import { latch } from "../support/latch.ts";
import { marked, running } from "../support/processes.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

/** What the program does that is given as text to this Node. */
const node = (program: string): [string, string[]] => [process.execPath, ["--eval", program]];
const sh = (line: string): [string, string[]] => ["sh", ["-c", line]];

describe("runProcess", () => {
  it("gives the exit code and what was said on each output", async () => {
    const program = `console.log("out"); console.error("err"); process.stdout.write("ø")`;
    expect(await runProcess(...node(program))).toEqual({
      exitCode: 0,
      stdout: "out\nø",
      stderr: "err\n",
    });
  });

  it("hands over arguments as they are, with no shell in between", async () => {
    const args = ["a b", "$HOME", "*", `"'`, "", "ø", "-x"];
    const program = `console.log(JSON.stringify(process.argv.slice(1)))`;
    const { stdout } = await runProcess(process.execPath, ["--eval", program, "--", ...args]);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it("runs where it is told, in the environment that it is given and in no other", async () => {
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), "skein-cwd-")));
    try {
      const program = `console.log(process.cwd(), process.env.A, process.env.HOME)`;
      const env = { A: "1", B: undefined, PATH: process.env["PATH"] };
      for (const where of [cwd, pathToFileURL(cwd)]) {
        const { stdout } = await runProcess(...node(program), { cwd: where, env });
        expect(stdout).toBe(`${cwd} 1 undefined\n`);
      }
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });

  it("gives it nothing to read unless there is an input", async () => {
    expect((await runProcess("cat")).stdout).toBe("");
  });

  it("tells what failed, with the exit code and the last that it said", async () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`).join("\n");
    const program = `console.log("out"); console.error(${JSON.stringify(lines)}); process.exitCode = 3`;
    const error = await rejectionOf(runProcess(...node(program)));
    expect(error).toBeInstanceOf(ProcessError);
    expect(error).toMatchObject({
      code: "ERR_SKEIN_PROCESS",
      exitCode: 3,
      signal: null,
      stdout: "out\n",
      stderr: `${lines}\n`,
    });
    const { message, command } = error as ProcessError;
    expect(message).toMatch(/ ended with exit code 3:\nline 12\nline 13\n(.*\n)*line 19$/);
    expect(command).toContain(`--eval "console.log(`);
    expect(Object.keys(error as object).toSorted()).toEqual(
      ["code", "command", "exitCode", "signal", "stderr", "stdout"].toSorted(),
    );
  });

  it.skipIf(process.platform === "win32")("tells which signal ended it", async () => {
    const error = await rejectionOf(runProcess(...sh("kill -KILL $$"), { exitCodes: "any" }));
    expect(error).toMatchObject({ exitCode: null, signal: "SIGKILL" });
    expect((error as Error).message).toBe('`sh -c "kill -KILL $$"` was ended by SIGKILL');
  });

  it("takes the exit codes for success that it is told to", async () => {
    const exit = (code: number): [string, string[]] => node(`process.exit(${code})`);
    expect(await runProcess(...exit(1), { exitCodes: [0, 1] })).toMatchObject({ exitCode: 1 });
    expect(await runProcess(...exit(7), { exitCodes: "any" })).toMatchObject({ exitCode: 7 });
    for (const exitCodes of [[1], []]) {
      const error = await rejectionOf(runProcess(...exit(0), { exitCodes }));
      expect(error).toMatchObject({ exitCode: 0 });
    }
  });

  it("tells why there is no process", async () => {
    const failure = async (file: string, cwd?: string): Promise<string> => {
      const error = await rejectionOf(runProcess(file, [], { cwd }));
      expect(error).toBeInstanceOf(ProcessStartError);
      expect((error as SkeinError).code).toBe("ERR_SKEIN_PROCESS_START");
      expect((error as Error).cause).toBeInstanceOf(Error);
      return (error as Error).message;
    };
    expect(await failure("no-such-command")).toMatch(
      /^Could not start `no-such-command`: there is no such command\. Is it installed/,
    );
    expect(await failure("./no-such-file")).toContain("there is no such file");
    expect(await failure("node", "/no/such/place")).toContain(
      "its `cwd`, /no/such/place, is no directory",
    );
    expect(await failure("/etc/passwd")).toContain("it may not be run");
    const long = "x".repeat(4_000_000);
    expect(await rejectionOf(runProcess("echo", [long]))).toBeInstanceOf(ProcessStartError);
  });

  it.skipIf(process.platform === "win32")(
    "waits for what it leaves in the background",
    async () => {
      const { env, mark } = marked();
      const held = await runProcess(...sh(`(sleep 0.1; echo late) & echo early`), { env });
      expect(held.stdout).toBe("early\nlate\n");
      await runProcess(...sh(`(sleep 0.1; exit 0) >/dev/null 2>&1 & exit 0`), { env });
      expect(running(mark)).toEqual([]);
    },
  );

  it("gives each line to its handler, without its end, whatever pieces it comes in", async () => {
    const program = `
      const pieces = ["on", "e\\r\\ntw", "o\\n\\n", Buffer.from("ø").subarray(0, 1), Buffer.from("ø").subarray(1), "\\nlast"];
      (async () => { for (const piece of pieces) { process.stdout.write(piece); await new Promise((r) => setTimeout(r, 5)); } })();
      process.stderr.write("warning\\n");
    `;
    const lines: string[] = [];
    const warnings: string[] = [];
    const result = await runProcess(...node(program), {
      onStdout: (line) => lines.push(line),
      onStderr: (line) => void warnings.push(line),
    });
    expect(lines).toEqual(["one", "two", "", "ø", "last"]);
    expect(warnings).toEqual(["warning"]);
    expect(result.stdout).toBe("one\r\ntwo\n\nø\nlast");
  });

  it("gives bytes as they are to a handler of pieces", async () => {
    const chunks: Uint8Array[] = [];
    await runProcess(...node(`process.stdout.write(Buffer.from([0, 255, 10, 13]))`), {
      onStdoutChunk: (chunk) => chunks.push(chunk),
    });
    expect(Buffer.concat(chunks).toString("hex")).toBe("00ff0a0d");
  });

  it("keeps the end of what handlers took, for the message of an error", async () => {
    const program = `for (let i = 0; i < 50_000; i++) console.error("line " + i); process.exitCode = 1`;
    let count = 0;
    const error = await rejectionOf(runProcess(...node(program), { onStderr: () => count++ }));
    expect(count).toBe(50_000);
    expect((error as ProcessError).stderr.length).toBeLessThanOrEqual(8_192);
    expect((error as ProcessError).stderr).toMatch(/\nline 49999\n$/);
  });

  it("reads no more while a handler is busy", async () => {
    const gate = latch();
    let isDone = false;
    let bytes = 0;
    const program = `
      const { writeSync } = require("node:fs");
      for (let i = 0; i < 400; i++) for (let rest = 65_536; rest > 0;) rest -= writeSync(1, Buffer.alloc(rest));
      writeSync(2, "done\\n");
    `;
    await runProcess(...node(program), {
      onStdoutChunk: async (chunk) => {
        const isFirst = bytes === 0;
        bytes += chunk.length;
        if (!isFirst) return;
        // Time for it to write everything, if somebody read it.
        setTimeout(() => gate.open(), 500);
        await gate.promise;
        expect(isDone).toBe(false);
      },
      onStderr: () => (isDone = true),
    });
    expect(bytes).toBe(400 * 65_536);
    expect(isDone).toBe(true);
  });

  it("waits for the last handler before it gives the result", async () => {
    const seen: string[] = [];
    await runProcess(...node(`console.log("a\\nb")`), {
      onStdout: async (line) => {
        await sleep(5);
        seen.push(line);
      },
    });
    expect(seen).toEqual(["a", "b"]);
  });

  it("is stopped when it says more than is collected, and loses nothing of what it said so far", async () => {
    const { env, mark } = marked();
    const program = `console.error("why"); setInterval(() => process.stdout.write("0123456789"), 1)`;
    const error = await rejectionOf(runProcess(...node(program), { env, maxBytes: 100 }));
    expect(error).toBeInstanceOf(ProcessOutputError);
    expect(error).toBeInstanceOf(ProcessError);
    expect(error).toMatchObject({ code: "ERR_SKEIN_PROCESS_OUTPUT", stderr: "why\n" });
    const { stdout, message } = error as ProcessOutputError;
    expect(stdout.length).toBeGreaterThan(100);
    expect(stdout).toBe("0123456789".repeat(stdout.length / 10));
    expect(message).toContain("said more than 100 bytes on stdout, so it was stopped");
    expect(running(mark)).toEqual([]);
  });

  it("collects exactly as much as it may", async () => {
    const program = `process.stdout.write("x".repeat(100))`;
    expect((await runProcess(...node(program), { maxBytes: 100 })).stdout).toHaveLength(100);
    expect(await rejectionOf(runProcess(...node(program), { maxBytes: 99 }))).toBeInstanceOf(
      ProcessOutputError,
    );
  });

  it("bounds a line, and not all lines together", async () => {
    const program = `for (let i = 0; i < 9; i++) console.log("0123456789")`;
    const options = { maxBytes: 50, onStdout: () => {} };
    await runProcess(...node(program), options);
    const endless = `setInterval(() => process.stdout.write("0123456789"), 1)`;
    const error = await rejectionOf(runProcess(...node(endless), options));
    expect((error as Error).message).toContain("said a line of more than 50 bytes on stdout");
  });
});

describe("ProcessOptions.input", () => {
  const bytes = new TextEncoder().encode("bytes");
  const big = "x".repeat(5_000_000);

  it.each([
    ["a string", "text", "text"],
    ["an empty string", "", ""],
    ["bytes", bytes, "bytes"],
    ["no bytes", new Uint8Array(), ""],
    ["pieces of both", ["a", bytes, "b"], "abytesb"],
    ["more than fits into a pipe", big, big],
  ])("may be %s", async (_, input, expected) => {
    expect((await runProcess("cat", [], { input })).stdout).toBe(expected);
  });

  it("may come as it is made, no faster than it is read", async () => {
    let made = 0;
    async function* input(): AsyncGenerator<string> {
      for (; made < 300; made++) yield await Promise.resolve("x".repeat(10_000));
    }
    const gate = latch();
    let length = 0;
    let madeMeanwhile = 0;
    await runProcess("cat", [], {
      input: input(),
      onStdoutChunk: async (chunk) => {
        if (length === 0) {
          setTimeout(() => gate.open(), 300);
          await gate.promise;
          madeMeanwhile = made;
        }
        length += chunk.length;
      },
    });
    expect(length).toBe(3_000_000);
    expect(madeMeanwhile).toBeLessThan(150);
  });

  it("may answer to what the process says", async () => {
    const asked = latch();
    async function* input(): AsyncGenerator<string> {
      await asked.promise;
      yield "answer\n";
    }
    const lines: string[] = [];
    await runProcess(...sh(`echo question; read line; echo "got $line"`), {
      input: input(),
      onStdout: (line) => {
        lines.push(line);
        if (line === "question") asked.open();
      },
    });
    expect(lines).toEqual(["question", "got answer"]);
  });

  it("need not be read, and is let go of when the process has ended", async () => {
    const closed: string[] = [];
    function* endless(): Generator<string> {
      try {
        for (;;) yield "x".repeat(10_000);
      } finally {
        closed.push("endless");
      }
    }
    await runProcess(...sh("head -c 1"), { input: endless() });
    async function* silent(): AsyncGenerator<string> {
      await new Promise(() => {});
      yield "never";
    }
    await runProcess("true", [], { input: silent() });
    await runProcess("true", [], { input: big });
    expect(closed).toEqual(["endless"]);
  });

  it("stops the process when it fails, which does not see an end of what it reads", async () => {
    const boom = new Error("boom");
    function* input(): Generator<string> {
      yield "half\n";
      throw boom;
    }
    const lines: string[] = [];
    const error = await rejectionOf(
      runProcess(...sh(`trap '' TERM; read a; echo "$a"; read b && echo more || echo end`), {
        input: input(),
        graceMs: 300,
        onStdout: (line) => lines.push(line),
      }),
    );
    expect(error).toBe(boom);
    expect(lines).not.toContain("end");
    const wrong = runProcess("cat", [], { input: ["a", 5] as never });
    expect(await rejectionOf(wrong)).toEqual(
      new TypeError("Expected `input` to give strings or Uint8Arrays, got 5 (number)"),
    );
  });
});

describe("a process", () => {
  it("stands in the task tree by the name of its program, or another", async () => {
    let tree = "";
    const outcome = await cancelScope((scope) =>
      Promise.all(
        [undefined, "server"].map((name, i) =>
          runProcess("/bin/sh", ["-c", "echo ready; sleep 1000"], {
            scope,
            name,
            onStdout: () => {
              tree = taskTree().toString();
              if (i === 1) scope.cancel();
            },
          }),
        ),
      ),
    );
    expect(outcome.done).toBe(false);
    expect(tree).toContain(`group "sh"\n`);
    expect(tree).toContain(`group "server"\n`);
    expect(tree).toContain(`task "stdout": running\n`);
  });

  it("takes real time where a test lets time jump, and so does what it has to stop", async () => {
    // Processes of the tests before would count as some that were there before.
    await expect.poll(() => process.getActiveResourcesInfo()).not.toContain("ProcessWrap");
    await withVirtualClock(async () => {
      expect((await runProcess(...node(`console.log("a")`), { timeoutMs: 60_000 })).stdout).toBe(
        "a\n",
      );
      const program = `process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1_000)`;
      const error = await rejectionOf(
        taskGroup((group) =>
          runProcess(...node(program), {
            scope: group,
            graceMs: 20,
            onStdout: () => group.cancel("x"),
          }),
        ),
      );
      expect(error).toBe("x");
    });
  });

  it("is one of several at a time", async () => {
    const outputs = await mapConcurrent(
      [1, 2, 3, 4, 5],
      async (n, scope) => (await runProcess("echo", [String(n)], { scope })).stdout.trim(),
      { concurrency: 2 },
    );
    expect(outputs).toEqual(["1", "2", "3", "4", "5"]);
  });
});

describe("the arguments of runProcess", () => {
  it.each([
    [[5], "Expected `file` to be a string, got 5 (number)"],
    [[""], "Expected `file` to be a program, got an empty string"],
    [["a\0b"], "Expected `file` to have no zero byte in it"],
    [["ls", "-l"], 'Expected `args` to be an array of strings, got "-l" (string)'],
    [["ls", { cwd: "/" }], "write `runProcess(file, [], options)`"],
    [["ls", ["-l", 5]], "Expected `args[1]` to be a string, got 5 (number)"],
    [["ls", ["a\0"]], "Expected `args[0]` to have no zero byte in it"],
    [["ls", [], { env: { A: 5 } }], "Expected `env.A` to be a string, got 5 (number)"],
    [["ls", [], { cwd: new URL("http://a.b") }], "to be a path or a file: URL"],
  ])("refuses %j at once", (args, message) => {
    const error = thrownBy(() => runProcess(...(args as unknown as [string])));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(message);
  });
});
