import { describe, expect, it } from "vitest";
import { cancelScope, checkpoint, Event } from "../../lib/index.ts";

describe("Event", () => {
  it("lets everybody who waits go ahead, in order of arrival", async () => {
    const event = new Event();
    const order: number[] = [];
    const all = Promise.all([0, 1, 2].map((i) => event.wait().then(() => order.push(i))));
    await checkpoint();
    expect(order).toEqual([]);
    expect(event.statistics()).toEqual({ waiting: 3 });
    event.set();
    await all;
    expect(order).toEqual([0, 1, 2]);
    expect(event.statistics()).toEqual({ waiting: 0 });
  });

  it("stays set, so that nobody waits any more", async () => {
    const event = new Event();
    expect(event.isSet).toBe(false);
    event.set();
    event.set();
    expect(event.isSet).toBe(true);
    await event.wait();
  });

  it("forgets who is cancelled", async () => {
    const event = new Event();
    const outcome = await cancelScope((scope) => {
      const wait = event.wait(scope);
      scope.cancel("enough");
      expect(event.statistics()).toEqual({ waiting: 0 });
      event.set();
      return wait;
    });
    expect(outcome).toEqual({ done: false, reason: "enough" });
  });

  it("keeps a wait that was granted before it was cancelled", async () => {
    const event = new Event();
    const outcome = await cancelScope((scope) => {
      const wait = event.wait(scope);
      event.set();
      scope.cancel();
      return wait;
    });
    expect(outcome.done).toBe(true);
  });

  it("rejects a wait under a cancelled scope even if it is set", async () => {
    const event = new Event();
    event.set();
    await expect(event.wait({ signal: AbortSignal.abort("over") })).rejects.toBe("over");
  });
});
