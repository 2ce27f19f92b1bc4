// What the installed package does, whatever bundled it: each check says what it found, or throws.
import {
  checkpoint,
  failAfter,
  input,
  inline,
  Lock,
  main,
  moveOnAfter,
  openChannel,
  printTaskTreeOn,
  provide,
  resolveDependencies,
  runInThreadpool,
  sleep,
  taskGroup,
  Threadpool,
  trace,
} from "skein";
import { sleep as impliedSleep } from "skein/ambient";
import { withVirtualClock } from "skein/testing";
import { transfer } from "skein/worker";
import { told } from "./told.mjs";

/**
 * @param hasThreads - whether the runtime has threads, or says that it has none
 * @param hasProcess - the same of a process, and of a current scope
 */
export async function check(hasThreads, hasProcess) {
  const failed = [];
  let passed = 0;
  for (const [name, run] of Object.entries(checksOf(hasThreads, hasProcess))) {
    try {
      expectSame(await run(), true, name);
      passed++;
    } catch (error) {
      failed.push({ test: name, error: told(error) });
    }
  }
  return { passed, failed };
}

function checksOf(hasThreads, hasProcess) {
  const refused = async (call, part) => {
    try {
      await call();
    } catch (error) {
      return error.code === "ERR_SKEIN_NOT_SUPPORTED" && error.message.includes(part);
    }
    return false;
  };
  const always = {
    "a group awaits its tasks": async () =>
      (await taskGroup(async (group) => {
        const one = group.spawn(async (task) => (await sleep(1, task), 1));
        return (await one) + (await group.spawn(() => 2));
      })) === 3,
    "a deadline ends a sleep": async () =>
      !(await moveOnAfter(5, (scope) => sleep(60_000, scope))).done,
    "a deadline fails": () =>
      failAfter(5, (scope) => sleep(60_000, scope)).catch((error) => error.name === "TimeoutError"),
    "a signal cancels what hears it": async () => {
      const controller = new AbortController();
      const waiting = taskGroup((group) => sleep(60_000, group), { signal: controller.signal });
      controller.abort("enough");
      return (await waiting.catch((reason) => reason)) === "enough";
    },
    "a turn lets others go on": async () => {
      const order = [];
      await taskGroup(async (group) => {
        group.spawn(async (task) => (await checkpoint(task), order.push("task")));
        await checkpoint(group);
        order.push("body");
      });
      return order.length === 2;
    },
    "a channel passes 10,000 items": async () => {
      const [send, receive] = openChannel({ capacity: 4 });
      return await taskGroup(async (group) => {
        group.spawn(async () => {
          for (let item = 0; item < 10_000; item++) await send.send(item);
          send.close();
        });
        let sum = 0;
        for await (const item of receive) sum += item;
        return sum === 49_995_000;
      });
    },
    "a lock is held by one": async () => {
      const lock = new Lock();
      let inside = 0;
      let most = 0;
      const hold = () =>
        lock.with(async () => {
          most = Math.max(most, ++inside);
          await checkpoint();
          inside--;
        });
      await Promise.all([hold(), hold(), hold()]);
      return most === 1;
    },
    "the resolver awaits what is async, and calls what is inline": async () => {
      const id = input()("id");
      const user = provide({ id }, async ({ id: given }) => `user ${given}`);
      const page = inline({ user }, ({ user: name }) => `page of ${name}`);
      const { page: given } = await resolveDependencies({ page }, { inputs: { id: 7 } });
      return given === "page of user 7";
    },
    "time is virtual in a test": () =>
      withVirtualClock(async (clock) => {
        const start = clock.now();
        await sleep(3_600_000);
        return clock.now() - start === 3_600_000;
      }),
    "a mark for moving is a mark": () => transfer(new Uint8Array(8)).byteLength === 8,
  };
  const ofThreads = hasThreads
    ? {
        "a function of the language runs in a thread": async () =>
          (await runInThreadpool(Math.max, 6, 7)) === 7,
        "a function that uses nothing runs in a thread": async () =>
          (await runInThreadpool((n) => n * 2, 21)) === 42,
        "a plain provider runs in a thread": async () =>
          (await resolveDependencies({ plain: provide(() => 1) })).plain === 1,
        "a bound on the memory of threads counts, or is refused": async () => {
          const pool = new Threadpool({ resourceLimits: { maxOldGenerationSizeMb: 64 } });
          const call = () => pool.run(Math.max, [6, 7]);
          const bounds = globalThis.Bun === undefined && globalThis.document === undefined;
          const isRight = bounds ? (await call()) === 7 : await refused(call, "`resourceLimits`");
          await pool.close();
          return isRight;
        },
      }
    : {
        "a thread is refused": () => refused(() => runInThreadpool(() => 1), "worker threads"),
        "a plain provider is refused, and told how to run": () =>
          refused(() => resolveDependencies({ plain: provide(() => 1) }), "say `inline`"),
      };
  const ofProcesses = hasProcess
    ? { "there is a current scope": () => impliedSleep(1).then(() => true) }
    : {
        "main is refused": () => refused(() => main(() => {}), "`main` needs a process"),
        "a trace is refused": () => refused(() => trace("trace.json"), "`trace` needs a process"),
        "a signal is refused": () => refused(() => printTaskTreeOn("SIGUSR2"), "needs a process"),
        "a current scope is refused": () => refused(() => impliedSleep(1), "AsyncLocalStorage"),
      };
  return { ...always, ...ofThreads, ...ofProcesses };
}

function expectSame(actual, expected, name) {
  if (actual !== expected) throw new Error(`${name}: got ${String(actual)}`);
}
