// Threads in a page: the contract of executors, and what is said of browsers besides.
import {
  callback,
  defaultThreadpool,
  iterateInThreadpool,
  provide,
  resolveDependencies,
  runInThreadpool,
  threadContext,
  threaded,
  Threadpool,
} from "skein";
import { executorContract } from "skein/testing/executor";
import { checkCancelled, progress, transfer } from "skein/worker";
import { told } from "./told.mjs";

/** Of an error that nobody catches in what has come as text, it says no more than that there was one. */
const isWebKit = /^(?=.*AppleWebKit)(?!.*Chrome)/.test(navigator.userAgent);
const offset = 5;
/** Of a module that a worker can import; uses what is around it. */
const shift = threaded(import.meta, (n) => n + offset);
const listen = threaded(import.meta, async () => {
  progress("begun");
  for (;;) {
    checkCancelled();
    await new Promise((done) => setTimeout(done));
  }
});
const named = threaded(import.meta, (n) => n - offset, { name: "threads/named" });

/** Claims whose functions look for their cancellation without ever letting the event loop turn. */
const needsSharedMemory = [
  'waits for a function that is cancelled, with "cooperate"',
  "gives a result that comes in spite of a cancellation",
  'leaves a function that is cancelled, with "abandon"',
  "ends a call at its deadline, also one with a shield",
];

/** @param program - the URL of a worker's module; undefined for the library's own */
export async function check(program) {
  const failed = [];
  // WebKit on Linux has none in a page that is isolated either.
  const hasSharedMemory = crossOriginIsolated && "SharedArrayBuffer" in globalThis;
  const leftOut = hasSharedMemory ? [] : needsSharedMemory;
  const contract = executorContract(() => new Threadpool({ program }));
  const claims = contract.filter(({ name }) => !leftOut.includes(name));
  if (claims.length !== contract.length - leftOut.length) throw new Error("A claim has gone");
  const all = [...claims, ...(program === undefined ? checks : checksOfProgram(program))];
  for (const { name, check: run } of all) {
    const late = new Promise((_, reject) => setTimeout(reject, 30_000, new Error("No end")));
    try {
      await Promise.race([run(), late]);
    } catch (error) {
      failed.push({ test: `${program ?? "blob"}: ${name}`, error: told(error) });
    }
  }
  return { passed: all.length - failed.length, failed };
}

/** Where the Content-Security-Policy allows the page's own files only. */
export async function checkPolicy(program) {
  const failed = [];
  const checks = checksFrom({
    "the library's own worker is refused": () =>
      fails(new Threadpool().run(Math.max, [1]), "WorkerStartError", "could not be started"),
    "what is declared runs in a worker of the page's own": async () => {
      await using pool = new Threadpool({ program });
      return (await pool.run(named, [7])) === 2;
    },
    "what has to be evaluated is refused": async () => {
      await using pool = new Threadpool({ program });
      return fails(
        pool.run(() => 1, []),
        "ShipError",
        "Content-Security-Policy",
      );
    },
  });
  for (const claim of checks) {
    await claim.check().catch((error) => failed.push({ test: claim.name, error: told(error) }));
  }
  return { passed: checks.length - failed.length, failed };
}

function checksOfProgram(program) {
  return checksFrom({
    "a function is found by its name": async () => {
      await using pool = new Threadpool({ program });
      return (await pool.run(named, [7])) === 2;
    },
    "a program that is none fails to start": async () => {
      await using pool = new Threadpool({ program: "/no-such-module.js" });
      return fails(
        pool.run(() => 1, []),
        "WorkerStartError",
        "/no-such-module.js",
      );
    },
  });
}

const checks = checksFrom({
  "a function that uses nothing": async () => (await runInThreadpool((a, b) => a * b, 6, 7)) === 42,
  "a function that calls itself": async () =>
    (await runInThreadpool(function fib(n) {
      return n < 2 ? n : fib(n - 1) + fib(n - 2);
    }, 20)) === 6_765,
  "a function of the language": async () => (await runInThreadpool(Math.max, 6, 7)) === 7,
  "a function with what it captures": async () => {
    const pool = defaultThreadpool();
    const captures = { offset, double: (n) => n * 2 };
    const fn = asWritten("(n) => double(n) + offset");
    return (await pool.run(fn, [4], { captures })) === 13;
  },
  "a function that is declared": async () =>
    (await shift(2)) === 7 && (await runInThreadpool(named, 7)) === 2,
  "a function that imports a whole URL": async () =>
    (await runInThreadpool(
      async (url) => (await import(url)).value,
      "data:text/javascript,export const value = 3",
    )) === 3,
  "a variable that nobody can look up": () =>
    fails(
      runInThreadpool(() => offset),
      "ShipError",
      "its variable",
    ),
  "a variable with the name of a global of pages": () =>
    fails(runInThreadpool(asWritten("() => status")), "ShipError", "`status`"),
  "a variable that is assigned": () =>
    fails(runInThreadpool(asWritten("() => { offset = 1; }")), "ShipError", "assigns"),
  "an import that only a bundler understands": () =>
    fails(runInThreadpool(asWritten('() => import("./other.js")')), "ShipError", "./other.js"),
  "a method": () =>
    fails(
      runInThreadpool(function () {
        return this;
      }),
      "ShipError",
      "`this`",
    ),
  "a bound function": () => fails(runInThreadpool((() => 1).bind(null)), "ShipError", "bound"),
  "an element": () =>
    fails(
      runInThreadpool((element) => element, document.body),
      "NotTransferableError",
      "args[0]",
    ),
  "a result that cannot cross": () =>
    fails(
      runInThreadpool(() => () => 1),
      "NotTransferableError",
      "result",
    ),
  "a callback": () =>
    fails(
      runInThreadpool(
        (fn) => fn(),
        callback(() => 1),
      ),
      "NotTransferableError",
      "callback",
    ),
  "a context": () =>
    fails(
      (async () => threadContext({ capture: () => 1, run: (_, fn) => fn() }))(),
      "NotSupportedError",
      "threadContext",
    ),
  "limits on memory": async () => {
    const pool = new Threadpool({ resourceLimits: { stackSizeMb: 1 } });
    return fails(
      pool.run(() => 1, []),
      "NotSupportedError",
      "resourceLimits",
    );
  },
  "memory moves": async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const sum = await runInThreadpool((list) => list.reduce((a, b) => a + b), transfer(bytes));
    return sum === 6 && bytes.length === 0;
  },
  "an iteration streams, and its cleanup runs": async () => {
    const seen = [];
    const counting = iterateInThreadpool(function* (to) {
      for (let n = 0; n < to; n++) yield n;
    }, 1_000);
    for await (const n of counting) {
      seen.push(n);
      if (n === 40) break;
    }
    return seen.length === 41 && (await isIdle());
  },
  "a generator is held by a worker": async () => {
    const providers = {
      resource: provide(function* () {
        yield { made: true };
      }),
    };
    const isMade = await resolveDependencies(providers, {}, ({ resource }) => resource.made);
    return isMade && (await isIdle());
  },
  "a worker that closes itself": () =>
    fails(
      runInThreadpool(() => new Promise(() => globalThis.close())),
      "WorkerExitedError",
      "exit code 0",
    ),
  "an error that nobody catches": () =>
    fails(
      runInThreadpool(
        () =>
          new Promise(() =>
            setTimeout(() => {
              throw new Error("late");
            }),
          ),
      ),
      "WorkerExitedError",
      isWebKit ? "Script error" : "late",
    ),
  "a rejection that nobody hears of": () =>
    fails(
      runInThreadpool(() => new Promise(() => void Promise.reject(new Error("unheard")))),
      "WorkerExitedError",
      "unheard",
    ),
  "a cancellation is heard between turns, also by messages": async () => {
    await using pool = new Threadpool();
    const controller = new AbortController();
    const call = pool.run(listen, [], {
      signal: controller.signal,
      onCancel: "cooperate",
      onProgress: () => controller.abort(new Error("enough")),
    });
    return fails(call, "Error", "enough");
  },
  "a worker that nobody needs ends": async () => {
    await using pool = new Threadpool({ idleMs: 1 });
    await pool.run(() => 1, []);
    while (pool.statistics().threads > 0) await new Promise((done) => setTimeout(done, 1));
    return true;
  },
  "workers start ahead": async () => {
    await using pool = new Threadpool({ maxThreads: 2 });
    await pool.prewarm(2);
    return pool.statistics().threads === 2;
  },
  "a pool that is destroyed cancels its calls": async () => {
    const pool = new Threadpool();
    const call = pool.run(() => {
      for (;;);
    }, []);
    const waiting = fails(call, "Error", "over");
    await pool.destroy(new Error("over"));
    return (await waiting) && pool.statistics().threads === 0;
  },
});

/** A function as bundlers leave none. */
function asWritten(text) {
  // oxlint-disable-next-line no-eval -- so that its names stay
  return (0, eval)(text);
}

function checksFrom(named) {
  return Object.entries(named).map(([name, holds]) => ({
    name,
    async check() {
      const found = await holds();
      if (found !== true) throw new Error(`It does not hold: ${String(found)}`);
    },
  }));
}

/** Whether a call fails with an error of that name that says so. */
async function fails(call, name, part) {
  const error = await call.then(
    (value) => new Error(`It resolved with ${String(value)}`),
    (reason) => reason,
  );
  return (error.name === name && error.message.includes(part)) || `${error.name}: ${error.message}`;
}

/** Whether the default pool does nothing any more. */
async function isIdle() {
  const { running, queued } = defaultThreadpool().statistics();
  return running + queued === 0;
}
