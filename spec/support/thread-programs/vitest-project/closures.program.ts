// Run by vitest in each of its pools: modules are rewritten, and with vmThreads the globals are not Node's own.
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { runInThreadpool, threaded } from "skein";
import { scale } from "./scale.ts";

const factor = 10;
const settings = { list: [1, { deep: [true] }] };
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
const declared = threaded(import.meta, (n: number) => n * factor);
class Vector {
  x = factor;
}

it("carries closures", async () => {
  expect(await runInThreadpool((n: number) => scale(n) + factorial(3), 1)).toBe(16);
  // What arrives belongs to Node's own realm, so only its text can be compared everywhere.
  expect(JSON.stringify(await runInThreadpool(() => settings))).toBe(JSON.stringify(settings));
  expect(await runInThreadpool(() => new Vector().x)).toBe(10);
  expect(
    await runInThreadpool(() => createHash("sha1").update("x").digest("hex").slice(0, 8)),
  ).toBe("11f6ad8e");
  expect(await declared(3)).toBe(30);
  const hash = async (text: string): Promise<string> =>
    (await import("node:crypto")).createHash("sha1").update(text).digest("hex").slice(0, 8);
  expect(await runInThreadpool(hash, "x")).toBe("11f6ad8e");
});

it("carries errors", async () => {
  const thrown = await runInThreadpool(() => {
    throw Object.assign(new RangeError("far"), { by: { n: 1 } });
  }).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ name: "RangeError", message: "far", by: { n: 1 } });
});
