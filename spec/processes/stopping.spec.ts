import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  CancelledError,
  cancelScope,
  DeadlineError,
  failAfter,
  moveOnAfter,
  type ProcessOptions,
  type ProcessResult,
  runProcess,
  shield,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import { latch } from "../support/latch.ts";
import { marked, running } from "../support/processes.ts";
import { rejectionOf } from "../support/rejection-of.ts";

let folder: string;
let listeners: number;
let open: string[];

const openNow = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /Process|Pipe/.test(name))
    .toSorted();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-process-"));
  listeners = process.listenerCount("exit");
  open = openNow();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  assert.equal(process.listenerCount("exit"), listeners);
  assert.deepEqual(openNow(), open);
});

/** Runs a line of the shell, cancels it with `reason` as soon as it says "ready", and gives what it rejects with. */
async function stoppedWhenReady(
  line: string,
  options: ProcessOptions = {},
  reason: unknown = new Error("enough"),
): Promise<{ error: unknown; said: string[]; mark: string }> {
  const { env, mark } = marked();
  const controller = new AbortController();
  const said: string[] = [];
  const error = await rejectionOf(
    runProcess("sh", ["-c", line], {
      env: { ...env, FOLDER: folder },
      signal: controller.signal,
      onStdout: (text) => {
        said.push(text);
        if (text === "ready") controller.abort(reason);
      },
      ...options,
    }),
  );
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  expect(error).toBe(reason);
  return { error, said, mark };
}

describe.skipIf(process.platform !== "linux")("runProcess", () => {
  it("asks a process to stop, hears what it still says, and waits until it has ended", async () => {
    const { said, mark } = await stoppedWhenReady(
      `trap 'echo bye; touch "$FOLDER/clean"; exit 0' TERM; echo ready; while :; do sleep 0.01; done`,
    );
    expect(said).toEqual(["ready", "bye"]);
    expect(existsSync(join(folder, "clean"))).toBe(true);
    expect(running(mark)).toEqual([]);
  });

  it("asks with the signal of choice", async () => {
    const { said } = await stoppedWhenReady(
      `trap 'echo interrupted; exit 1' INT; trap 'echo terminated; exit 1' TERM; echo ready; while :; do sleep 0.01; done`,
      { stopSignal: "SIGINT" },
    );
    expect(said).toEqual(["ready", "interrupted"]);
  });

  it("kills what does not stop within its time, and every child of it", async () => {
    const { mark } = await stoppedWhenReady(
      `trap '' TERM; sleep 1000 & sleep 1000 & echo ready; while :; do sleep 1000; done`,
      { graceMs: 50 },
    );
    expect(running(mark)).toEqual([]);
  });

  it("kills at once without a time to stop", async () => {
    const { said, mark } = await stoppedWhenReady(
      `trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done`,
      { graceMs: 0 },
    );
    expect(said).toEqual(["ready"]);
    expect(running(mark)).toEqual([]);
  });

  it("kills nobody when there is no end to the time to stop", async () => {
    const { said } = await stoppedWhenReady(
      `trap 'sleep 0.2; echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done`,
      { graceMs: Infinity },
    );
    expect(said).toEqual(["ready", "bye"]);
  });

  it("stops a grandchild that holds the pipes after the process itself has ended", async () => {
    const { mark } = await stoppedWhenReady(`sleep 1000 & echo ready; exit 0`);
    expect(running(mark)).toEqual([]);
  });

  it("stops a grandchild that holds no pipe after the process itself has ended", async () => {
    const { env, mark } = marked();
    const script = `trap '' TERM; (while :; do sleep 1000; done) >/dev/null 2>&1 & exit 0`;
    const outcome = cancelScope(async (scope) => {
      const ended = runProcess("sh", ["-c", script], { env, scope, graceMs: 20 });
      // Nothing but the group is left: the leader is gone.
      await vi.waitFor(() => expect(running(mark).length).toBeGreaterThan(0));
      scope.cancel("enough");
      return await ended;
    });
    expect(await outcome).toEqual({ done: false, reason: "enough" });
    expect(running(mark)).toEqual([]);
  });

  it("kills a process that was forked twice and stayed in its group", async () => {
    const { mark } = await stoppedWhenReady(
      `( (trap '' TERM; while :; do sleep 1000; done) >/dev/null 2>&1 & ); echo ready; sleep 1000`,
      { graceMs: 50 },
    );
    expect(running(mark)).toEqual([]);
  });

  it("kills a child that has left the group and the session", async () => {
    const { mark } = await stoppedWhenReady(
      `setsid sh -c 'trap "" TERM; echo ready; while :; do sleep 1000; done' & wait`,
      { graceMs: 50 },
    );
    expect(running(mark)).toEqual([]);
  });

  it("kills a child that has left the group, and whose parent has ended when it was asked to", async () => {
    const { mark } = await stoppedWhenReady(
      `setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' >/dev/null 2>&1 & echo ready; exec sleep 1000`,
      { graceMs: 200 },
    );
    expect(running(mark)).toEqual([]);
  });

  it("gives up its pipes where a daemon that it cannot reach holds them, and leaves that alone", async () => {
    const { mark } = await stoppedWhenReady(
      `(setsid sh -c 'echo ready; while :; do sleep 1000; done' &); sleep 1000`,
      { graceMs: 50 },
    );
    const left = running(mark);
    expect(left.length).toBeGreaterThan(0);
    for (const pid of left) process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(running(mark)).toEqual([]));
  });

  it("kills what is begun while it is being killed", async () => {
    const { mark } = await stoppedWhenReady(
      `trap '' TERM; echo ready; f() { (f) & (f) & sleep 0.02; }; i=0; while :; do sh -c 'sleep 1000' >/dev/null 2>&1 & i=$((i+1)); [ $i -gt 300 ] && sleep 1000; done`,
      { graceMs: 20 },
    );
    expect(running(mark)).toEqual([]);
  });

  it("starts nothing in a scope that is cancelled", async () => {
    const outcome = await cancelScope((scope) => {
      scope.cancel("over");
      return runProcess("touch", [join(folder, "started")], { scope });
    });
    expect(outcome).toEqual({ done: false, reason: "over" });
    expect(existsSync(join(folder, "started"))).toBe(false);
  });

  it("stops what was cancelled in the moment of its start", async () => {
    const { env, mark } = marked();
    const outcome = await cancelScope((scope) => {
      const ended = runProcess("sleep", ["1000"], { scope, env });
      scope.cancel("over");
      return ended;
    });
    expect(outcome).toEqual({ done: false, reason: "over" });
    expect(running(mark)).toEqual([]);
  });

  it("gives the result of a process that was over when it was cancelled", async () => {
    const { env, mark } = marked();
    const gate = latch();
    const outcome = await cancelScope(async (scope) => {
      // The end of what it says comes by itself, when the handler is busy.
      const ended = runProcess("sh", ["-c", "echo done; sleep 0.2"], {
        env,
        scope,
        graceMs: 0,
        onStdout: () => gate.promise,
      });
      await vi.waitFor(() => expect(running(mark)).toEqual([]));
      scope.cancel();
      // Longer than a pipe may be silent that nobody reads.
      await sleep(150);
      gate.open();
      return await ended;
    });
    expect(outcome).toEqual({ done: true, value: { exitCode: 0, stdout: "done\n", stderr: "" } });
  });

  it("is stopped by its own deadline, and by one around it, and fails with that", async () => {
    const { env, mark } = marked();
    const own = await rejectionOf(
      runProcess("sleep", ["1000"], { env, timeoutMs: 20, name: "nap" }),
    );
    expect(own).toBeInstanceOf(DeadlineError);
    expect((own as Error).message).toContain(`"nap" was not done within 20 ms`);
    const outer = moveOnAfter(20, (scope) => runProcess("sleep", ["1000"], { env, scope }));
    expect((await outer).done).toBe(false);
    const failed = failAfter(20, (scope) => runProcess("sleep", ["1000"], { env, scope }));
    expect(await rejectionOf(failed)).toBeInstanceOf(DeadlineError);
    expect(running(mark)).toEqual([]);
  });

  it("goes on in a shield", async () => {
    const values: ProcessResult[] = [];
    await cancelScope(async (scope) => {
      scope.cancel();
      values.push(await shield((inner) => runProcess("echo", ["a"], { scope: inner }), { scope }));
      values.push(await runProcess("echo", ["b"], { scope, shield: true }));
    });
    expect(values.map(({ stdout }) => stdout)).toEqual(["a\n", "b\n"]);
  });

  it("ends with its group when a sibling fails", async () => {
    const { env, mark } = marked();
    const boom = new Error("boom");
    const error = await rejectionOf(
      taskGroup((group) => {
        const ready = latch();
        group.spawn((scope) =>
          runProcess("sh", ["-c", "echo ready; sleep 1000"], {
            scope,
            env,
            onStdout: () => ready.open(),
          }),
        );
        group.spawn(async () => {
          await ready.promise;
          throw boom;
        });
      }),
    );
    expect(error).toBe(boom);
    expect(running(mark)).toEqual([]);
  });

  it("is stopped when a handler fails, and rejects with that error", async () => {
    const { env, mark } = marked();
    const boom = new Error("boom");
    for (const onStdout of [
      () => {
        throw boom;
      },
      () => Promise.reject(boom),
    ]) {
      const ended = runProcess("sh", ["-c", "echo a; while :; do echo b; done"], { env, onStdout });
      expect(await rejectionOf(ended)).toBe(boom);
      expect(running(mark)).toEqual([]);
    }
  });

  it("lets a handler hear of the cancellation by its scope", async () => {
    const { env, mark } = marked();
    const error = await rejectionOf(
      taskGroup(async (group) => {
        const ended = runProcess("sh", ["-c", "echo a; sleep 1000"], {
          env,
          scope: group,
          onStdout: async (_, task) => {
            group.cancel();
            await sleep(1e9, task);
          },
        });
        await ended;
      }),
    );
    expect(error).toBeInstanceOf(CancelledError);
    expect(running(mark)).toEqual([]);
  });

  it("stops many at once", async () => {
    const { env, mark } = marked();
    let ready = 0;
    const outcome = await cancelScope((scope) =>
      taskGroup(
        (group) => {
          for (let i = 0; i < 20; i++) {
            group.spawn((task) =>
              runProcess("sh", ["-c", "sleep 1000 & echo ready; wait"], {
                env,
                scope: task,
                onStdout: () => {
                  if (++ready === 20) scope.cancel("all");
                },
              }),
            );
          }
        },
        { scope },
      ),
    );
    expect(outcome).toEqual({ done: false, reason: "all" });
    expect(running(mark)).toEqual([]);
  });
});
