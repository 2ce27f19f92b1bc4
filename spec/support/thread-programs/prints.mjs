// Functions in threads that print. It goes on when it is sent a line.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Threadpool } from "skein";

const pool = new Threadpool({ maxThreads: 2 });
const cells = new Int32Array(new SharedArrayBuffer(16));

/** Prints twenty lines, says so, and waits for what the second cell tells it. */
function talk(cells, way, then) {
  for (let n = 0; n < 20; n++) {
    if (way === "log" || (way === "mixed" && n % 2 === 0)) console.log(`line ${n}`);
    else if (way === "error") console.error(`line ${n}`);
    else if (way === "stderr") process.stderr.write(`line ${n}\n`);
    else process.stdout.write(`line ${n}\n`);
  }
  Atomics.store(cells, 0, 1);
  if (then === "exit") process.exit(3);
  if (then === "spin") while (Atomics.load(cells, 1) === 0);
  if (then === "wait") Atomics.wait(cells, 1, 0);
  if (then === "throw") throw new Error("thrown");
  return "returned";
}

function* talkItems(cells, way, then) {
  yield talk(cells, way, "");
  yield talk(cells, way, then);
}

async function reached() {
  while (Atomics.load(cells, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function told() {
  const lines = createInterface({ input: process.stdin });
  await once(lines, "line");
  lines.close();
  process.stdin.destroy();
}

const [, , how, way, then] = process.argv;
const outcome = (call) =>
  call.then(
    (value) => console.log(value),
    (error) => console.log(error?.name ?? error),
  );

const programs = {
  async ends() {
    await outcome(pool.run(talk, [cells, way, then]));
  },
  async killed() {
    const controller = new AbortController();
    const call = pool.run(talk, [cells, way, then], { signal: controller.signal });
    await reached();
    controller.abort("killed");
    await outcome(call);
  },
  async goesOn() {
    const call = pool.run(talk, [cells, way, then]);
    await told();
    Atomics.store(cells, 1, 1);
    Atomics.notify(cells, 1);
    await outcome(call);
  },
  async iterated() {
    const call = (async () => {
      let items = 0;
      for await (const _ of pool.iterate(talkItems, [cells, way, ""])) items++;
      return `${items} items`;
    })();
    await outcome(call);
  },
  async destroyed() {
    const call = pool.run(talk, [cells, way, then]);
    const ended = outcome(call);
    await reached();
    await pool.destroy("destroyed");
    await ended;
  },
};

await programs[how]();
