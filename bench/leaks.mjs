/**
 * `npm run bench -- leaks`: what the heap keeps of each operation while something long-lived stays: the slope over
 * 100,000 operations, after full collections. Fails if ours keep something. The table goes to LEAKS.md.
 */
import { writeFileSync } from "node:fs";
import { setImmediate, setTimeout as elapsed } from "node:timers/promises";
import * as skein from "skein";
import { collect } from "./harness/collect.mjs";
import { machine } from "./harness/machine.mjs";

const {
  cancelScope,
  CapacityLimiter,
  Event,
  failAfter,
  mapConcurrent,
  moveOnAfter,
  openChannel,
  openTaskGroup,
  race,
  select,
  Semaphore,
  sleep,
  taskGroup,
} = skein;

/** A link that is kept costs tens of bytes; the heap breathes by a few. */
const MOST_BYTES = 10;
const BATCHES = 5;
const HOUR = 3_600_000;
const ignore = () => {};

/** What a wait rejects with when its scope was cancelled meanwhile. */
const cancelledWait = (wait) =>
  cancelScope(async (scope) => {
    const waiting = wait(scope);
    scope.cancel();
    await waiting;
  });

// Each makes what lives long, and returns one operation on it.
const ours = {
  "cancelScope on a signal": () => {
    const { signal } = new AbortController();
    return () => cancelScope(ignore, { signal });
  },
  "cancelScope on a signal, its own signal read": () => {
    const { signal } = new AbortController();
    return () => cancelScope((scope) => scope.signal.addEventListener("abort", ignore), { signal });
  },
  "cancelScope on a signal, cancelled": () => {
    const { signal } = new AbortController();
    return () => cancelScope((scope) => scope.cancel(), { signal });
  },
  "taskGroup with a task, on a signal": () => {
    const { signal } = new AbortController();
    return () => taskGroup((group) => void group.spawn(ignore), { signal });
  },
  "taskGroup with a task, in a group": () => {
    const scope = openTaskGroup();
    return () => taskGroup((group) => void group.spawn(ignore), { scope });
  },
  "a task of an open group": () => {
    const group = openTaskGroup();
    return () => group.spawn(ignore);
  },
  "a task of an open group, cancelled": () => {
    const group = openTaskGroup();
    return async () => {
      const task = group.spawn((scope) => sleep(HOUR, scope));
      await setImmediate();
      task.cancel();
      await task.settled();
    };
  },
  "onCancel, disposed": () => {
    const group = openTaskGroup();
    return () => group.onCancel(ignore)[Symbol.dispose]();
  },
  "failAfter in a group": () => {
    const scope = openTaskGroup();
    return () => failAfter(HOUR, ignore, { scope });
  },
  "moveOnAfter, cancelled in a sleep": () => {
    const scope = openTaskGroup();
    return () =>
      moveOnAfter(
        HOUR,
        (inner) => {
          inner.cancel();
          return sleep(HOUR, inner);
        },
        { scope },
      );
  },
  "mapConcurrent in a group": () => {
    const scope = openTaskGroup();
    return () => mapConcurrent([1, 2], (item) => item, { scope });
  },
  "race in a group": () => {
    const scope = openTaskGroup();
    return () => race([(task) => sleep(HOUR, task), () => 1], { scope });
  },
  "a wait for an Event, cancelled": () => {
    const event = new Event();
    return () => cancelledWait((scope) => event.wait(scope));
  },
  "a wait for a Semaphore, cancelled": () => {
    const semaphore = new Semaphore(1);
    semaphore.tryAcquire();
    return () => cancelledWait((scope) => semaphore.acquire(scope));
  },
  "a wait for a CapacityLimiter, cancelled": () => {
    const limiter = new CapacityLimiter(1);
    limiter.tryAcquire();
    return () => cancelledWait((scope) => limiter.acquire(scope));
  },
  "a receive, cancelled": () => {
    const [send, receive] = openChannel();
    return () => cancelledWait((scope) => receive.receive(scope)).then(() => send.statistics());
  },
  "a send, cancelled": () => {
    const [send, receive] = openChannel();
    return () => cancelledWait((scope) => send.send(1, scope)).then(() => receive.statistics());
  },
  "a value through a channel": () => {
    const [send, receive] = openChannel({ capacity: 1 });
    return async () => {
      await send.send(1);
      await receive.receive();
    };
  },
  "select with clauses that lose": () => {
    const event = new Event();
    const [sendIdle, idle] = openChannel();
    const [send, busy] = openChannel({ capacity: 1 });
    return async () => {
      await send.send(1);
      await select({ event, idle, busy, late: { afterMs: HOUR } });
      return sendIdle;
    };
  },
};

/** Its list of failures is part of a group: it stays as long as the group. */
const byContract = {
  "a task of an open group, failed, in its `failures`": () => {
    const group = openTaskGroup({ policy: "supervise" });
    const error = new Error("as expected");
    return () => group.spawn(() => Promise.reject(error)).catch(ignore);
  },
};

const others = {
  "AbortSignal.any over a signal": () => {
    const { signal } = new AbortController();
    return () => AbortSignal.any([signal, new AbortController().signal]);
  },
  "AbortSignal.any over a signal, with a listener": () => {
    const { signal } = new AbortController();
    return () =>
      AbortSignal.any([signal, new AbortController().signal]).addEventListener("abort", ignore);
  },
  "a listener that is never removed": () => {
    const { signal } = new AbortController();
    return () => {
      const controller = new AbortController();
      signal.addEventListener("abort", () => controller.abort());
    };
  },
  "Promise.race with a promise that lives long": () => {
    const long = new Promise(ignore);
    return () => Promise.race([long, Promise.resolve()]);
  },
};

async function heap() {
  for (let i = 0; i < 4; i++) {
    collect();
    await elapsed(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes an operation leaves behind: a slope, for the first batch also fills caches. */
async function slope(open, operations) {
  const operation = open();
  const batch = operations / BATCHES;
  const sizes = [];
  for (let i = 0; i <= BATCHES; i++) {
    for (let done = 1; done <= batch; done++) {
      await operation();
      if (done % 1_000 === 0) await setImmediate();
    }
    sizes.push(await heap());
  }
  return (sizes.at(-1) - sizes[0]) / operations;
}

const lines = [];
const say = (line) => {
  console.log(line);
  lines.push(line);
};
const kept = [];
process.on("warning", ({ message }) => kept.push(`a warning: ${message}`));
say("| bytes kept per operation | |");
say("| --- | ---: |");
for (const [what, open] of Object.entries(ours)) {
  const bytes = await slope(open, 100_000);
  if (bytes > MOST_BYTES) kept.push(`${what}: ${bytes.toFixed(1)} bytes`);
  say(`| **${what}** | ${bytes.toFixed(1)} |`);
}
for (const [what, open] of Object.entries(byContract)) {
  say(`| **${what}** | ${(await slope(open, 20_000)).toFixed(1)} |`);
}
process.removeAllListeners("warning");
process.on("warning", ignore);
for (const [what, open] of Object.entries(others)) {
  say(`| ${what} | ${(await slope(open, 10_000)).toFixed(1)} |`);
}
const text = [
  "# Leaks",
  "",
  "Written by `npm run bench -- leaks`: the heap that stays per operation while what it was done on lives on, after full",
  "collections; ours in bold. A few bytes up or down are the heap itself.",
  "",
  machine(),
  "",
  ...lines,
];
writeFileSync(new URL("LEAKS.md", import.meta.url), `${text.join("\n")}\n`);
if (kept.length > 0) {
  console.log(`\nKept what should have gone:\n${kept.join("\n")}`);
  process.exitCode = 1;
}
