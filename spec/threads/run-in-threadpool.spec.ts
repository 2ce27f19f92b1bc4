import { describe, expect, it } from "vitest";
import { runInThreadpool } from "../../lib/index.ts";

describe("runInThreadpool", () => {
  it("runs a function with its arguments in another thread", async () => {
    const sum = await runInThreadpool((a: number, b: number) => a + b, 40, 2);
    expect(sum).toBe(42);
  });

  it("carries the variables that a function captures", async () => {
    const factor = 7;
    expect(await runInThreadpool((n: number) => n * factor, 6)).toBe(42);
  });

  it("awaits the promise that a function returns", async () => {
    expect(await runInThreadpool(async (n: number) => Promise.resolve(n + 1), 1)).toBe(2);
  });

  it.each([[null], [undefined], [0], [""], ["text"], [Symbol.for("a")]])(
    "rejects with %o when the function throws that",
    async (thrown) => {
      const caught = await runInThreadpool((value: unknown) => {
        throw value;
      }, thrown).then(
        () => expect.unreachable(),
        (error: unknown) => error,
      );
      expect(caught).toBe(thrown);
    },
  );

  it("refuses what is no function, at once", () => {
    expect(() => runInThreadpool(42 as never)).toThrow(
      new TypeError("Expected `fn` to be a function, got 42 (number)"),
    );
  });
});
