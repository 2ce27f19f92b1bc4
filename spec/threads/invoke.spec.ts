import { describe, expect, it } from "vitest";
import { invoke } from "../../lib/index.ts";

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
