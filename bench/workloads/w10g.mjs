import { setTimeout } from "node:timers/promises";
import { same } from "../harness/same.mjs";
import { quantile } from "../harness/statistics.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThreads } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const USERS = 30;
const THINK_MS = 4;
const TINY_MS = 0.02;
const LONG_MS = 10;
const LONG_SHARE = 0.01;
const LOST_AFTER_MS = 3_000;
/** Before they are let loose. */
const IN_USE = 500;

/** The latency of the tiny calls, in ms, of users who make one call after the other and think in between. */
function users(run) {
  return async (size, stopwatch) => {
    for (let i = 0; i < IN_USE; i++) await run("busyFor", TINY_MS / 10);
    const random = randomFrom(7);
    const watchdog = new Watchdog();
    const tiny = [];
    const user = async () => {
      for (let call = 0; call < size / USERS; call++) {
        const ms = random() < LONG_SHARE ? LONG_MS : TINY_MS;
        const start = performance.now();
        if ((await watchdog.over(run("busyFor", ms), ms)) && ms === TINY_MS) {
          tiny.push(performance.now() - start);
        }
        await setTimeout(random() * THINK_MS);
      }
    };
    const { user: before, system } = process.cpuUsage();
    await Promise.all(Array.from({ length: USERS }, user));
    const after = process.cpuUsage();
    watchdog.end();
    const cpuUs = after.user - before + after.system - system;
    stopwatch.add(cpuUs * 1e3, quantile(tiny, 0.5) * 1e6 * size);
    stopwatch.note("p50 ms", quantile(tiny, 0.5));
    stopwatch.note("p99 ms", quantile(tiny, 0.99));
    stopwatch.note("p99.9 ms", quantile(tiny, 0.999));
    stopwatch.note("lost calls", watchdog.lost);
  };
}

/** The same numbers for every contender. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Counts the calls that do not come back, with one timer for all of them. */
class Watchdog {
  lost = 0;
  #waiting = new Map();
  #timer = setInterval(() => this.#look(), LOST_AFTER_MS / 10);

  /** Whether the call has come back, with the result that is expected of it. */
  over(call, expected) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(resolve, performance.now() + LOST_AFTER_MS);
      call
        .then((result) => {
          same(result, expected);
          resolve(true);
        })
        .catch(reject)
        .finally(() => this.#waiting.delete(resolve));
    });
  }

  end() {
    clearInterval(this.#timer);
  }

  #look() {
    for (const [resolve, deadline] of this.#waiting) {
      if (performance.now() < deadline) break;
      this.#waiting.delete(resolve);
      this.lost++;
      resolve(false);
    }
  }
}

function workload(threads) {
  const raw = new RawThreads(threads);
  return {
    id: `W10g-${threads}`,
    title: `A few long calls among tiny ones, in ${threads} threads`,
    about: `${USERS} users make one call after the other and think for up to ${THINK_MS} ms in between. A call computes for ${TINY_MS * 1e3} µs, one in a hundred for ${LONG_MS} ms, and it is the same function. The time is the median of the tiny ones; a call is lost that has not come back after ${LOST_AFTER_MS / 1e3} s.`,
    operation: "call",
    clock: "wall",
    enoughMs: 12_000,
    size: 9_000,
    paced: true,
    floor: {
      name: `${threads} bare workers and a queue`,
      run: users((name, value) => raw.run(name, value)),
    },
    ours: [
      {
        name: "Threadpool.run",
        goal: { 20: "13 ms p99, none lost", 24: "13 ms p99, none lost" },
        make: (library) => users(ourPool(library, threads).run),
      },
    ],
    rivals: rivalPools(threads, ({ run }) => users(run), { selected: ["piscina"] }),
  };
}

export default [2, 4].map(workload);
