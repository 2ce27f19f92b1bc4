// Ends by itself although calls that it has left never end. Prints what it has seen.
import { callback, cancelScope, defaultThreadpool, Threadpool } from "skein";

const cells = new Int32Array(new SharedArrayBuffer(8));
const spin = (cells) => {
  Atomics.add(cells, 0, 1);
  for (;;);
};
const block = (cells) => {
  Atomics.add(cells, 0, 1);
  Atomics.wait(cells, 1, 0);
};

async function begun(count = 1) {
  while (Atomics.load(cells, 0) < count) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function leave(pool, fn, count = 1) {
  const controller = new AbortController();
  const options = { signal: controller.signal, onCancel: "abandon" };
  const calls = Array.from({ length: count }, () => pool.run(fn, [cells], options));
  await begun(count);
  controller.abort("left");
  for (const call of calls) await call.catch((reason) => console.log(reason));
}

const ways = {
  async callback() {
    await cancelScope((scope) => {
      const begun = callback(() => scope.cancel());
      const endless = (begun) => {
        begun();
        for (;;);
      };
      return defaultThreadpool().run(endless, [begun], { scope, onCancel: "abandon" });
    });
    console.log("left");
  },
  async spinning() {
    await leave(defaultThreadpool(), spin);
  },
  async blocked() {
    await leave(defaultThreadpool(), block);
  },
  async own() {
    await leave(new Threadpool({ maxThreads: 2 }), spin, 2);
  },
  async deadline() {
    const options = { timeoutMs: 300, onCancel: "abandon" };
    await defaultThreadpool()
      .run(spin, [cells], options)
      .catch((error) => console.log(error.name));
  },
  async prewarmed() {
    const pool = new Threadpool();
    await pool.prewarm(2);
    console.log(pool.statistics().threads >= 2 ? "warm" : "cold");
  },
  async others() {
    // What it has not left is waited for.
    const pool = new Threadpool({ maxThreads: 2 });
    await leave(pool, spin);
    const slow = (from) => {
      while (Date.now() < from + 100);
      return "waited for";
    };
    void pool.run(slow, [Date.now()]).then(console.log);
  },
};

await ways[process.argv[2]]();
