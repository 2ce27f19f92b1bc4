import { describe, expect, it } from "vitest";
import { invoke, threaded, Threadpool } from "../../lib/index.ts";

describe("invoke", () => {
  it("calls an async function on the event loop, with its identity intact", async () => {
    const box = { seen: 0 };
    await invoke(async (given: { seen: number }) => {
      given.seen += 1;
    }, box);
    expect(box.seen).toBe(1);
  });

  it("calls a plain function in a thread", async () => {
    const box = { seen: 0 };
    const copy = await invoke((given: { seen: number }) => {
      given.seen += 1;
      return given;
    }, box);
    expect(copy).toEqual({ seen: 1 });
    expect(box.seen).toBe(0);
  });

  it("rejects with what either of them throws", async () => {
    await expect(invoke(async () => Promise.reject(new RangeError("a")))).rejects.toThrow("a");
    const fail = (): never => {
      throw new RangeError("b");
    };
    await expect(invoke(fail)).rejects.toThrow("b");
  });

  it("refuses what is no function, at once", () => {
    expect(() => invoke({} as never)).toThrow(TypeError);
  });
});

describe("threaded", () => {
  it("runs a function declared in the specs by its source, where its module cannot be imported", async () => {
    const square = threaded(import.meta, (n: number) => n * n);
    expect(await square(12)).toBe(144);
    expect(square.name).toBe("");
  });

  it("is known to a pool by its handle", async () => {
    const pool = new Threadpool({ maxThreads: 1 });
    const cube = threaded(import.meta, (n: number) => n ** 3);
    expect(await pool.run(cube, [3])).toBe(27);
    await pool.close();
  });

  it("refuses what is not import.meta, or no function", () => {
    expect(() => threaded({} as ImportMeta, () => {})).toThrow("Expected `meta` to be import.meta");
    expect(() => threaded(import.meta, 1 as never)).toThrow("Expected `fn` to be a function");
  });
});
