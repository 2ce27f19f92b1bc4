import { describe, expect, it } from "vitest";
import { runInThreadpool, Threadpool } from "../../lib/index.ts";

/** In a variable, lest the test runner puts the path of this project in its place. */
const workerModule = "skein/worker";

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

  it("moves the memory of a result that is marked, and copies any other", async () => {
    await using pool = new Threadpool({ maxThreads: 1 });
    const make = async (isMoved: boolean): Promise<{ pixels: Uint8Array }> => {
      const { transfer } = (await import(workerModule)) as typeof import("skein/worker");
      const image = { pixels: new Uint8Array(64).fill(7) };
      (globalThis as { image?: object }).image = image;
      return isMoved ? transfer(image, [image.pixels.buffer]) : image;
    };
    const left = (): number =>
      (globalThis as unknown as { image: { pixels: Uint8Array } }).image.pixels.length;
    const expected = { pixels: new Uint8Array(64).fill(7) };
    expect(await pool.run(make, [true])).toEqual(expected);
    expect(await pool.run(left, [])).toBe(0);
    expect(await pool.run(make, [false])).toEqual(expected);
    expect(await pool.run(left, [])).toBe(64);
  });

  it("moves the memory of a Buffer that is marked", async () => {
    const make = async (): Promise<Buffer> => {
      const { transfer } = (await import(workerModule)) as typeof import("skein/worker");
      return transfer(Buffer.from(new Uint8Array(64).fill(7).buffer));
    };
    const made = await runInThreadpool(make);
    expect(made).toBeInstanceOf(Buffer);
    expect(made.equals(Buffer.alloc(64, 7))).toBe(true);
  });

  it("refuses what is no function, at once", () => {
    expect(() => runInThreadpool(42 as never)).toThrow(
      new TypeError("Expected `fn` to be a function, got 42 (number)"),
    );
  });
});
