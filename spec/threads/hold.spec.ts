import { afterEach, describe, expect, it, vi } from "vitest";
import { Threadpool, type Verdict } from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const success: Verdict = { kind: "success" };

let pool = new Threadpool({ maxThreads: 2 });
afterEach(async () => {
  await pool.destroy();
  pool = new Threadpool({ maxThreads: 2 });
});

/** Writes down in shared memory what it is told, one letter each. */
function witness(letters: Uint8Array, name: string) {
  return function* () {
    const say = (letter: string): void => {
      letters[Atomics.add(letters, 0, 1) + 1] = letter.codePointAt(0)!;
    };
    try {
      yield process.getBuiltinModule("node:worker_threads").threadId;
      say(name);
    } catch (error) {
      say("!");
      throw error;
    } finally {
      say(".");
    }
  };
}

function said(letters: Uint8Array): string {
  return String.fromCodePoint(...letters.subarray(1, letters[0]! + 1));
}

const memory = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(1024));

describe("hold", () => {
  it("keeps a generator suspended in its thread and tells it how it went there", async () => {
    const letters = memory();
    for (const [verdict, words] of [
      [success, "a."],
      [{ kind: "failure", error: new Error("bad") }, "a.!."],
      [{ kind: "undecided" }, "a.!.."],
    ] as const) {
      const held = await pool.hold(witness(letters, "a"), []);
      expect(held.value).toBeGreaterThan(0);
      await held.finish(verdict);
      expect(said(letters)).toBe(words);
    }
  });

  it("keeps many in few threads, while others run what they like", async () => {
    const letters = memory();
    const held = await Promise.all(
      Array.from({ length: 100 }, () => pool.hold(witness(letters, "x"), [])),
    );
    expect(new Set(held.map(({ value }) => value)).size).toBeLessThanOrEqual(16);
    expect(await pool.run(() => 1, [])).toBe(1);
    await Promise.all(held.map((each) => each.finish(success)));
    expect(said(letters).split("").toSorted().join("")).toBe(".".repeat(100) + "x".repeat(100));
  });

  it("gives the thread back when the last one is finished, so that the pool can close", async () => {
    const held = await pool.hold(witness(memory(), "a"), []);
    let closed = false;
    const closing = pool.close().then(() => (closed = true));
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    await held.finish(success);
    await closing;
  });

  it("reports what a generator throws, unless it is what it was told", async () => {
    const other = await pool.hold(function* () {
      try {
        yield 1;
      } catch (error) {
        throw new RangeError("translated", { cause: error });
      }
    }, []);
    const error = await rejectionOf(other.finish({ kind: "failure", error: new Error("bad") }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "translated", cause: { message: "bad" } });
    const failing = await pool.hold(function* () {
      yield 1;
      throw new Error("commit failed");
    }, []);
    await expect(failing.finish(success)).rejects.toThrow("commit failed");
  });

  it("requires that it yields once", async () => {
    expect(await rejectionOf(pool.hold(function* never() {}, []))).toMatchObject({
      name: "GeneratorContractError",
      message: expect.stringContaining("`never`"),
    });
    const twice = await pool.hold(function* twice() {
      yield 1;
      yield 2;
    }, []);
    expect(await rejectionOf(twice.finish(success))).toMatchObject({
      name: "GeneratorContractError",
    });
  });

  it("fails with what the generator throws at first, and goes on to serve", async () => {
    const letters = memory();
    const kept = await pool.hold(witness(letters, "k"), []);
    const bad = pool.hold(function* () {
      yield JSON.parse("{");
    }, []);
    expect(await rejectionOf(bad)).toBeInstanceOf(SyntaxError);
    const uncloneable = pool.hold(
      function* () {
        yield () => 1;
      } as () => Generator<never, void, undefined>,
      [],
    );
    expect(await rejectionOf(uncloneable)).toMatchObject({ name: "NotTransferableError" });
    const unsendable = pool.hold(
      function* (value: unknown) {
        yield typeof value;
      },
      [new (class Custom {})()],
    );
    expect(await rejectionOf(unsendable)).toMatchObject({ name: "NotTransferableError" });
    await kept.finish(success);
    expect(said(letters)).toBe("k.");
  });

  it("says that a generator is lost when its thread ends, and holds others in another", async () => {
    const held = await pool.hold(function* () {
      setTimeout(() => process.exit(3));
      yield 1;
    }, []);
    const other = await pool.hold(witness(memory(), "o"), []);
    await vi.waitFor(() => expect(pool.statistics().threads).toBe(1));
    expect(await rejectionOf(held.finish(success))).toMatchObject({
      name: "WorkerLostError",
      code: "ERR_SKEIN_WORKER_LOST",
    });
    const letters = memory();
    const next = await pool.hold(witness(letters, "n"), []);
    await next.finish(success);
    expect(said(letters)).toBe("n.");
    await other.finish(success);
  });

  it("says so too when the thread ends while it is finished, and loses no other", async () => {
    const held = await pool.hold(function* () {
      yield 1;
      process.exit(3);
    }, []);
    const letters = memory();
    const other = await pool.hold(witness(letters, "a"), []);
    const [first] = await Promise.all([rejectionOf(held.finish(success)), other.finish(success)]);
    expect(first).toMatchObject({ name: "WorkerLostError", cause: { exitCode: 3 } });
    expect(said(letters)).toBe("a.");
  });

  it("does not begin what is cancelled before, and does not lose what is held when it is", async () => {
    const letters = memory();
    const kept = await pool.hold(witness(letters, "k"), []);
    const controller = new AbortController();
    const { signal } = controller;
    const begun = pool.hold(witness(letters, "b"), [], { signal });
    const queued = [1, 2].map(() => rejectionOf(pool.hold(witness(letters, "q"), [], { signal })));
    controller.abort(new Error("stop"));
    for (const error of await Promise.all(queued)) expect(String(error)).toBe("Error: stop");
    // Whether this one had begun is a matter of time; what has begun is there to be finished.
    const ended = await begun.then(
      async (held) => {
        await held.finish({ kind: "undecided" });
        return ".";
      },
      (error: unknown) => {
        expect(String(error)).toBe("Error: stop");
        return "";
      },
    );
    expect(said(letters)).toBe(ended);
    await kept.finish(success);
    expect(said(letters)).toBe(`${ended}k.`);
  });

  it("finishes before it begins, and without a permit", async () => {
    const cells = new Int32Array(new SharedArrayBuffer(8));
    const single = new Threadpool({ maxThreads: 1 });
    const held = await single.hold(function* () {
      yield 1;
      Atomics.store(cells, 0, 1);
      Atomics.notify(cells, 0);
    }, []);
    // It blocks the only permit until the generator is finished.
    const blocked = single.run(() => Atomics.wait(cells, 0, 0), []);
    await held.finish(success);
    expect(await blocked).not.toBe("timed-out");
    await single.close();
  });

  it("refuses calls once the pool is closed", async () => {
    await pool.close();
    expect(await rejectionOf(pool.hold(witness(memory(), "a"), []))).toMatchObject({
      name: "ThreadpoolClosedError",
    });
    expect(() => pool.hold(1 as never, [])).toThrow(TypeError);
  });
});
