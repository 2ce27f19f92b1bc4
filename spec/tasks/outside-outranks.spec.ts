import { describe, expect, it } from "vitest";
import {
  all,
  cancelScope,
  type CancelScope,
  checkpoint,
  failAfter,
  mapConcurrent,
  moveOnAfter,
  openTaskGroup,
  retry,
  shield,
  sleep,
  streamConcurrent,
  taskGroup,
} from "../../lib/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { rejectionOf } from "../support/rejection-of.ts";

/** Ends of which each has cancelled itself and waits for something that hears nothing: `deaf`. */
const ends: Readonly<
  Record<string, (scope: CancelScope, deaf: () => Promise<void>) => Promise<unknown>>
> = {
  cancelScope: (scope, deaf) =>
    cancelScope(
      async (inner) => {
        inner.cancel("own");
        await deaf();
        inner.throwIfCancelled();
      },
      { scope },
    ),
  moveOnAfter: (scope, deaf) =>
    moveOnAfter(
      5,
      async (inner) => {
        inner.cancel("own");
        await deaf();
        inner.throwIfCancelled();
      },
      { scope },
    ),
  failAfter: (scope, deaf) =>
    failAfter(
      5,
      async (inner) => {
        inner.deadline = 0;
        await deaf();
        inner.throwIfCancelled();
      },
      { scope },
    ),
  "a group without a value": (scope, deaf) =>
    taskGroup(
      async (group) => {
        group.spawn(deaf);
        await checkpoint();
        group.cancel("own");
      },
      { scope },
    ),
  "a group with a value": (scope, deaf) =>
    taskGroup(
      async (group) => {
        group.spawn((task) => sleep(Infinity, task));
        group.spawn(deaf);
        await checkpoint();
        group.cancel("own");
        return "value";
      },
      { scope },
    ),
  "a group with a deadline": (scope, deaf) =>
    taskGroup(
      async (group) => {
        group.spawn((task) => sleep(Infinity, task));
        group.spawn(deaf);
        await checkpoint();
        group.deadline = 0;
      },
      { scope },
    ),
  "a group with a joiner": (scope, deaf) =>
    taskGroup(
      async (group) => {
        group.spawn((task) => sleep(Infinity, task));
        group.spawn(deaf);
        await checkpoint();
        group.deadline = 0;
      },
      { scope, policy: { onDeadline: () => "partial", result: () => "result" } },
    ),
  openTaskGroup: async (scope, deaf) => {
    const group = openTaskGroup({ scope });
    group.spawn(deaf);
    await checkpoint();
    group.cancel("own");
    await group.join();
  },
  all: (scope, deaf) =>
    all(
      [
        async (task) => {
          task.group.cancel("own");
          await deaf();
        },
        (task) => sleep(Infinity, task),
      ],
      { scope },
    ),
  mapConcurrent: (scope, deaf) =>
    mapConcurrent(
      [1, 2],
      async (item, task) => {
        if (item === 1) await sleep(Infinity, task);
        task.group.cancel("own");
        await deaf();
      },
      { scope },
    ),
  streamConcurrent: async (scope, deaf) => {
    const call = async (_item: number, task: CancelScope & { group: CancelScope }) => {
      task.group.cancel("own");
      await deaf();
      task.throwIfCancelled();
    };
    for await (const _ of streamConcurrent([1], call, { scope }));
  },
  retry: (scope, deaf) =>
    retry(
      async (task) => {
        task.cancel("own");
        await deaf();
        task.throwIfCancelled();
      },
      { scope, maxAttempts: 1 },
    ),
};

describe.each(Object.entries(ends))("%s that has cancelled itself", (_, end) => {
  it("ends with what is in force outside when it ends", async () => {
    using clock = new ManualClock();
    for (const happens of ["cancel", "deadline"]) {
      const outcome = await cancelScope(async (outer) => {
        outer.deadline = clock.now() + 50;
        return end(outer, async () => {
          await checkpoint();
          if (happens === "cancel") outer.cancel();
          else clock.advance(60);
        });
      });
      expect({ happens, done: outcome.done }).toEqual({ happens, done: false });
    }
  });

  it("ends with its own cancellation when there is none outside, or a shield keeps it out", async () => {
    for (const shielded of [false, true]) {
      const outcome = await cancelScope(async (outer) => {
        const deaf = async (): Promise<void> => {
          await checkpoint();
          if (shielded) outer.cancel("outer");
        };
        const running = shielded
          ? shield((scope) => end(scope, deaf), { scope: outer })
          : end(outer, deaf);
        return running.then(
          () => "ended",
          () => "ended",
        );
      });
      expect(outcome).toEqual({ done: true, value: "ended" });
    }
  });
});

describe("a cancellation from outside", () => {
  it("is what a task and its group end with, though a shield keeps it out after it has interrupted them", async () => {
    for (const interrupted of ["task", "body"]) {
      for (const raised of ["of the group", "around it"]) {
        const outcome = await cancelScope((outer) =>
          cancelScope(
            (between) =>
              taskGroup(
                async (group) => {
                  const task = group.spawn((scope) => sleep(60_000, scope));
                  group.spawn(async () => {
                    await task.settled();
                    const scope = raised === "around it" ? between : group;
                    scope.shielded = true;
                    expect(group.cancelled).toBe(false);
                    expect(await rejectionOf(task)).toBe("outside");
                  });
                  await checkpoint();
                  outer.cancel("outside");
                  if (interrupted === "body") await sleep(60_000, group);
                },
                { scope: between },
              ),
            { scope: outer },
          ),
        );
        expect(outcome).toEqual({ done: false, reason: "outside" });
      }
    }
  });
});

describe("a value", () => {
  it("outranks what is in force outside, if nothing was interrupted or the group has given it on purpose", async () => {
    const finished = await cancelScope(async (outer) =>
      taskGroup(
        async (group) => {
          group.spawn((task) => sleep(Infinity, task));
          group.spawn(async () => {
            await checkpoint();
            await checkpoint();
            outer.cancel("outer");
          });
          await checkpoint();
          return group.finish("value");
        },
        { scope: outer },
      ),
    );
    expect(finished).toEqual({ done: true, value: "value" });
  });

  it("is given by a group that was cancelled from outside before it cancelled itself, only if nothing was interrupted", async () => {
    const controller = new AbortController();
    const running = taskGroup(
      async (group) => {
        group.spawn((task) => sleep(Infinity, task));
        await sleep(Infinity, group).catch(() => {});
        group.cancel("own");
        return "value";
      },
      { signal: controller.signal },
    );
    controller.abort("outer");
    expect(await rejectionOf(running)).toBe("outer");
  });
});
