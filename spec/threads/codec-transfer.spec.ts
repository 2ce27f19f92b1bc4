import { describe, expect, it } from "vitest";
import { transfer, transferListOf } from "../../lib/threads/codec/transfer.ts";

describe("transfer", () => {
  it("marks the memory of a view or a buffer", () => {
    const view = new Uint8Array(8);
    expect(transfer(view)).toBe(view);
    expect(transferListOf(view)).toEqual([view.buffer]);
    expect(transferListOf(transfer(view.buffer))).toEqual([view.buffer]);
  });

  it("marks what the list says", () => {
    const { port1 } = new MessageChannel();
    const value = { port1 };
    transfer(value, [port1]);
    expect(transferListOf(value)).toEqual([port1]);
    port1.close();
  });

  it("leaves everything else unmarked", () => {
    expect(transferListOf({})).toBeUndefined();
    expect(transferListOf(1)).toBeUndefined();
  });

  it.each([
    ["a view in the list", () => transfer({}, [new Uint8Array(1) as never]), /pass its `\.buffer`/],
    ["no list for an object", () => transfer({}), /Expected `list`/],
    ["shared memory", () => transfer(new SharedArrayBuffer(1)), /shared/],
    ["a primitive", () => transfer(1 as never), /Expected `value`/],
    ["a primitive in the list", () => transfer({}, [1 as never]), /`list\[0\]`/],
  ])("refuses %s", (_, run, says) => {
    expect(run).toThrow(TypeError);
    expect(run).toThrow(says);
  });
});
