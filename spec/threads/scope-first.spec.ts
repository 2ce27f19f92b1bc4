import { afterEach, describe, expect, it } from "vitest";
import {
  callback,
  cancelScope,
  defaultThreadpool,
  failAfter,
  invoke,
  iterateInThreadpool,
  runInThreadpool,
  shield,
  sleep,
  taskGroup,
} from "../../lib/index.ts";
import { assertNoTasks } from "../../lib/testing.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

afterEach(() => assertNoTasks());

/** Never ends by itself. Says over `started` that it runs. */
function spin(started: () => void): never {
  started();
  for (;;);
}

function* spinning(started: () => void): Generator<number> {
  started();
  for (let n = 0; ; n += 1) yield n;
}

const add = (a: number, b: number): number => a + b;
const never = callback(() => {});

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

describe("a scope in the first place", () => {
  it("is not sent to the function", async () => {
    await cancelScope(async (scope) => {
      expect(await runInThreadpool(scope, add, 40, 2)).toBe(42);
      expect(await invoke(scope, add, 40, 2)).toBe(42);
      expect(await invoke(scope, async (text: string) => `${text}!`, "on the loop")).toBe(
        "on the loop!",
      );
      const items = iterateInThreadpool(scope, (text: string) => text.split(" "), "a b");
      expect(await items.next()).toEqual({ done: false, value: "a" });
      await items.return?.();
    });
  });

  it("ends the thread of its call when it is cancelled", async () => {
    const reason = new Error("enough");
    const calls: ((scope: { signal: AbortSignal }, started: () => void) => Promise<unknown>)[] = [
      (scope, started) => runInThreadpool(scope, spin, started),
      (scope, started) => invoke(scope, spin, started),
      (scope, started) => drain(iterateInThreadpool(scope, spinning, started)),
    ];
    for (const call of calls) {
      const outcome = cancelScope((scope) =>
        call(
          scope,
          callback(() => scope.cancel(reason)),
        ),
      );
      expect(await outcome).toEqual({ done: false, reason });
    }
    expect(defaultThreadpool().statistics().running).toBe(0);
  });

  it("may be anything with a signal, also one that has none at the moment", async () => {
    expect(await runInThreadpool({ signal: undefined }, add, 1, 2)).toBe(3);
    const controller = new AbortController();
    const started = callback(() => controller.abort("left"));
    expect(await rejectionOf(runInThreadpool(controller, spin, started))).toBe("left");
    const { signal } = controller;
    expect(await rejectionOf(runInThreadpool({ signal }, add, 1, 2))).toBe("left");
    expect(await rejectionOf(drain(iterateInThreadpool({ signal }, spinning, never)))).toBe("left");
  });

  it("may be that of a shield, inside of what is cancelled", async () => {
    const outcome = await cancelScope(async (scope) => {
      scope.cancel();
      return shield((shielded) => runInThreadpool(shielded, add, 1, 2), { scope });
    });
    expect(outcome).toEqual({ done: true, value: 3 });
  });
});

describe("runInThreadpool in a group", () => {
  it("ends when the deadline around its group passes", async () => {
    const error = await rejectionOf(
      failAfter(200, (scope) =>
        taskGroup(
          async (group) => {
            const key = group.spawn((task) => runInThreadpool(task, spin, never));
            return await key;
          },
          { scope },
        ),
      ),
    );
    expect(error).toMatchObject({ name: "TimeoutError" });
    expect(defaultThreadpool().statistics().running).toBe(0);
  });

  it("ends when a sibling fails", async () => {
    const failed = taskGroup((group) => {
      let fail!: (error: Error) => void;
      group.spawn(() => new Promise<void>((_, reject) => (fail = reject)));
      const started = callback(() => fail(new Error("sibling")));
      group.spawn((task) => runInThreadpool(task, spin, started));
    });
    await expect(failed).rejects.toThrow("sibling");
    expect(defaultThreadpool().statistics().running).toBe(0);
  });

  it("refuses its scope in the last place, and says where it goes", async () => {
    const failed = taskGroup((group) => {
      group.spawn((task) => runInThreadpool(add as (...args: unknown[]) => number, 1, task));
    });
    await expect(failed).rejects.toThrow(
      "A scope comes first: runInThreadpool(scope, fn, ...args)",
    );
  });
});

describe("invoke under a scope", () => {
  it("calls nothing when the scope is cancelled already", async () => {
    let called = false;
    const call = invoke({ signal: AbortSignal.abort("gone") }, async () => {
      called = true;
    });
    expect(await rejectionOf(call)).toBe("gone");
    expect(called).toBe(false);
  });

  it("waits for an async function that does not hear of the cancellation, and keeps its value", async () => {
    const outcome = await cancelScope((scope) =>
      invoke(scope, async () => {
        scope.cancel();
        await sleep(1);
        return "made all the same";
      }),
    );
    expect(outcome).toEqual({ done: true, value: "made all the same" });
  });

  it("rejects with the scope's reason when an async function does", async () => {
    const controller = new AbortController();
    const call = invoke(
      controller,
      async (signal: AbortSignal) => {
        controller.abort("client went away");
        await Promise.resolve();
        throw Object.assign(new Error("wrapped", { cause: signal.reason }), { name: "AbortError" });
      },
      controller.signal,
    );
    expect(await rejectionOf(call)).toBe("client went away");
  });

  it("lets an async function have scopes, signals and options as arguments", async () => {
    const { signal } = new AbortController();
    const same = async (...args: unknown[]): Promise<unknown[]> => args;
    await cancelScope(async (scope) => {
      const args = [scope, signal, { timeoutMs: 5 }];
      expect(await invoke(scope, same, ...args)).toEqual(args);
      expect(await invoke(same, ...args)).toEqual(args);
    });
  });
});

const forms: Record<string, (...args: never[]) => unknown> = {
  runInThreadpool,
  iterateInThreadpool,
  invoke,
};

describe.each(Object.keys(forms))("%s", (name) => {
  const form = forms[name] as (...args: unknown[]) => unknown;
  const one = (text: string): string[] => [text];

  it("refuses what is no scope where a function follows", () => {
    for (const first of [undefined, null, "scope", 5]) {
      const error = thrownBy(() => form(first, one, "a"));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain("Expected `scope` to be a scope or an object");
    }
    expect(() => form({ signal: 5 }, one, "a")).toThrow("Expected `signal` to be an AbortSignal");
  });

  it("refuses a bare signal, and says what to write", () => {
    const { signal } = new AbortController();
    expect(() => form(signal, one, "a")).toThrow(
      "got an instance of AbortSignal: write `{ signal }`",
    );
  });

  it("refuses what is no function", () => {
    expect(() => form()).toThrow("Expected `fn` to be a function, got undefined");
    expect(() => form("text", 5)).toThrow('Expected `fn` to be a function, got "text" (string)');
    expect(() => form({}, 5)).toThrow("Expected `fn` to be a function, got 5 (number)");
    expect(() => form({})).toThrow("Expected `fn` to be a function, got undefined");
  });

  it("refuses options in the place of a scope", async () => {
    const { signal } = new AbortController();
    expect(() => form({ signal, timeoutMs: 5 }, one, "a")).toThrow(
      "Write pool.run(fn, args, { signal, timeoutMs })",
    );
    await cancelScope((scope) => {
      expect(() => form({ scope }, one, "a")).toThrow("Write pool.run(fn, args, { scope })");
    });
  });

  it("refuses a scope or a signal among the arguments", async () => {
    expect(() => form(one, AbortSignal.abort())).toThrow("An AbortSignal cannot be an argument");
    await cancelScope((scope) => {
      expect(() => form(scope, one, scope)).toThrow("A scope cannot be an argument");
    });
  });

  it("refuses options behind what the function takes", () => {
    for (const options of [
      { timeoutMs: 5 },
      { timeoutMs: 5, name: "x" },
      { onCancel: "kill", graceMs: 1 },
    ]) {
      const names = Object.keys(options).join(", ");
      expect(() => form(one, "a", options)).toThrow(`Write pool.run(fn, args, { ${names} })`);
    }
  });

  it("refuses options with a scope or a signal wherever they are last", async () => {
    const { signal } = new AbortController();
    expect(() => form(one, { signal })).toThrow("got options, { signal }");
    await cancelScope((scope) => {
      expect(() => form(scope, one, { scope })).toThrow("got options, { scope }");
    });
  });
});

describe("data that looks like options", () => {
  const same = (value: unknown): unknown => value;
  it.each([
    [{ timeoutMs: 5 }],
    [{ onCancel: "kill" }],
    [{ signal: "SIGTERM" }],
    [{ scope: "read write" }],
  ])("goes to a function that declares a parameter for it: %o", async (data) => {
    expect(await runInThreadpool(same, data)).toEqual(data);
  });

  it.each([
    [{ name: "x" }],
    [{ limiter: 1, name: "x" }],
    [{ timeoutMs: "5" }],
    [{ onCancel: "stop" }],
    [{ timeoutMs: 5, url: "/" }],
    [[{ timeoutMs: 5 }]],
    [{}],
  ])("goes to any function unless it can be nothing else: %o", async (data) => {
    expect(await runInThreadpool((...args: unknown[]) => args, data)).toEqual([data]);
  });
});
