import { describe, expect, it } from "vitest";
import {
  cancelScope,
  CapacityLimiter,
  checkpoint,
  Lock,
  openChannel,
  printTaskTreeOn,
  RateLimiter,
  recordSpawnSites,
  runInThreadpool,
  defaultThreadpool,
  sleep,
  taskGroup,
  type TaskScope,
  taskTree,
  type TaskTreeNode,
} from "../../lib/index.ts";

const hour = 3_600_000;

function find(name: string, nodes: readonly TaskTreeNode[] = taskTree().roots): TaskTreeNode {
  const found = search(name, nodes);
  if (found === undefined) throw new Error(`no ${name} in\n${taskTree().toString()}`);
  return found;
}

function search(name: string, nodes: readonly TaskTreeNode[]): TaskTreeNode | undefined {
  for (const node of nodes) {
    const found = node.name === name ? node : search(name, node.children);
    if (found !== undefined) return found;
  }
  return undefined;
}

function spentLimiter(): RateLimiter {
  const limiter = new RateLimiter({ limit: 1, perMs: hour });
  limiter.tryAcquire();
  return limiter;
}

describe("taskTree", () => {
  it("is empty when nothing runs", async () => {
    await taskGroup((group) => void group.spawn(() => {}));
    expect(taskTree().roots).toEqual([]);
    expect(taskTree().toString()).toBe("nothing runs");
  });

  it("shows groups, tasks, services and scopes where they hang, with their status and what they wait for", async () => {
    const lock = new Lock();
    await lock.acquire();
    await taskGroup(
      async (group) => {
        group.spawn((task) => sleep(hour, task), { name: "sleeper" });
        group.spawn((task) => lock.acquire(task), { name: "locked" });
        group.background((task) => sleep(hour, task), { name: "service" });
        group.spawn(
          (task) => taskGroup((own) => sleep(hour, own), { scope: task, name: "inner" }),
          {
            name: "outer",
          },
        );
        await sleep(1, group);
        group.spawn(() => {}, { name: "new" });
        expect(find("sleeper")).toMatchObject({ kind: "task", status: "running" });
        expect(find("sleeper").children).toMatchObject([
          { kind: "wait", name: expect.stringMatching(/^the time, 3\d{6} ms from now$/) as string },
        ]);
        expect(find("locked").children).toMatchObject([{ kind: "wait", name: "a lock" }]);
        expect(find("service")).toMatchObject({ kind: "service" });
        expect(find("outer").children).toMatchObject([{ kind: "group", name: "inner" }]);
        expect(find("new")).toMatchObject({ status: "pending" });
        expect(taskTree().roots.map(({ name }) => name)).toEqual(["requests"]);
        group.finish(undefined);
      },
      { name: "requests" },
    );
  });

  it.each<[string, (task: TaskScope) => Promise<unknown>]>([
    ["a turn of the event loop", (task) => checkpoint(task)],
    ["an item of a channel", (task) => openChannel()[1].receive(task)],
    ["room in a channel", (task) => openChannel<number>()[0].send(1, task)],
    ["its turn at a rate limiter", (task) => spentLimiter().acquire(task)],
    ["its turn in a queue", (task) => new CapacityLimiter(0).acquire(task)],
  ])("says %s of a task that waits for it", async (name, wait) => {
    await taskGroup((group) => {
      group.spawn(
        async (task) => {
          const waits = wait(task);
          expect(find("waits").children).toMatchObject([{ kind: "wait", name }]);
          group.finish(undefined);
          await waits;
        },
        { name: "waits" },
      );
    });
  });

  it("shows what hangs on a signal only", async () => {
    const controller = new AbortController();
    await cancelScope(() => expect(find("on a signal").kind).toBe("scope"), {
      signal: controller.signal,
      name: "on a signal",
    });
    expect(taskTree().roots).toEqual([]);
  });

  it("shows a deadline, and a cancellation that has not ended its task yet", async () => {
    let finish = (): void => {};
    await taskGroup(
      async (group) => {
        group.spawn(() => new Promise<void>((resolve) => (finish = resolve)), { name: "stubborn" });
        await sleep(1, group);
        expect(find("stubborn").deadlineInMs).toBeGreaterThan(3_000_000);
        group.cancel(new Error("enough"));
        expect(find("stubborn")).toMatchObject({ status: "running", cancelled: "Error: enough" });
        expect(taskTree().toString()).toContain(
          'task "stubborn": running, cancelled and not ended (Error: enough)',
        );
        finish();
        return "value";
      },
      { timeoutMs: hour },
    );
  });

  it("shows a call in a worker thread", async () => {
    const outcome = await cancelScope(async (scope) => {
      const running = defaultThreadpool().run(
        function spin() {
          for (;;);
        },
        [],
        { scope },
      );
      running.catch(() => {});
      while (search('"spin" in a worker thread', taskTree().roots) === undefined) await sleep(1);
      scope.cancel();
      await running;
    });
    expect(outcome.done).toBe(false);
    expect(await runInThreadpool(() => 1)).toBe(1);
  });

  it("shows as deep a tree as there may be", async () => {
    const depth = 3_000;
    let lines = 0;
    const scopes = (left: number, scope?: { signal: AbortSignal }): Promise<unknown> =>
      cancelScope(
        async (own) => {
          await Promise.resolve();
          if (left > 0) await scopes(left - 1, own);
          else lines = taskTree().toString().split("\n").length;
        },
        { scope },
      );
    await scopes(depth);
    expect(lines).toBe(depth + 1);
  });

  it("is data for JSON and a drawing for Mermaid", async () => {
    await taskGroup(
      (group) => {
        group.spawn(() => {}, { name: 'with "quotes"' });
        const tree = taskTree();
        expect(JSON.parse(JSON.stringify(tree))).toEqual([
          {
            kind: "group",
            name: "g",
            children: [{ kind: "task", name: 'with "quotes"', status: "pending", children: [] }],
          },
        ]);
        expect(tree.toMermaid().split("\n")).toEqual([
          "flowchart TD",
          '  n0["group #quot;g#quot;"]',
          "  n0 --> n1",
          '  n1["task #quot;with #quot;quotes#quot;#quot;: pending"]',
        ]);
      },
      { name: "g" },
    );
  });
});

describe("recordSpawnSites", () => {
  it("tells where a task was spawned, until it is disposed", async () => {
    const one = recordSpawnSites();
    const two = recordSpawnSites();
    await taskGroup((group) => {
      two[Symbol.dispose]();
      two[Symbol.dispose]();
      group.spawn(() => {}, { name: "recorded" });
      one[Symbol.dispose]();
      group.spawn(() => {}, { name: "not recorded" });
      expect(find("recorded").site).toMatch(/task-tree\.spec\.ts:\d+:\d+/);
      expect(taskTree().toString()).toMatch(/task "recorded": pending, at .*task-tree\.spec\.ts/);
      expect(find("not recorded").site).toBeUndefined();
    });
  });
});

describe("printTaskTreeOn", () => {
  it("prints on the signal, until it is disposed", async () => {
    const written: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text) => written.push(String(text)) > 0;
    const printing = printTaskTreeOn("SIGUSR2");
    try {
      await taskGroup(() => void process.emit("SIGUSR2"), { name: "printed" });
    } finally {
      process.stderr.write = write;
      printing[Symbol.dispose]();
    }
    expect(written).toEqual(['group "printed"\n']);
    expect(process.listenerCount("SIGUSR2")).toBe(0);
  });

  it("refuses what is no signal", () => {
    expect(() => printTaskTreeOn("SIGNOPE" as NodeJS.Signals)).toThrow(TypeError);
  });
});
