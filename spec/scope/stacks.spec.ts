import { describe, expect, it } from "vitest";
import {
  cancelScope,
  checkpoint,
  failAfter,
  moveOnAfter,
  shield,
  taskGroup,
} from "../../lib/index.ts";

async function fails(): Promise<never> {
  await checkpoint();
  throw new Error("deep inside");
}

const wraps = {
  cancelScope: (body: () => Promise<unknown>) => cancelScope(body),
  moveOnAfter: (body: () => Promise<unknown>) => moveOnAfter(60_000, body),
  failAfter: (body: () => Promise<unknown>) => failAfter(60_000, body),
  shield: (body: () => Promise<unknown>) => shield(body),
  taskGroup: (body: () => Promise<unknown>) => taskGroup(body),
};

describe("the stack of an error", () => {
  it.each(Object.entries(wraps))(
    "leads through %s to those who wait for it, without a frame of the library",
    async (_name, wrap) => {
      async function theirCaller(): Promise<void> {
        await wrap(async () => {
          await fails();
        });
      }
      const error = await theirCaller().then(
        () => new Error("it did not fail"),
        (reason: unknown) => reason as Error,
      );
      const frames = error.stack!.split("\n").slice(1);
      expect(error.message).toBe("deep inside");
      expect(frames[0]).toContain("fails");
      expect(frames.some((frame) => frame.includes("theirCaller"))).toBe(true);
      expect(frames.filter((frame) => /[/\\]lib[/\\]/.test(frame))).toEqual([]);
    },
  );
});
