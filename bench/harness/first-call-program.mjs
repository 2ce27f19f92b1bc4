/** The program of W10j: imports a library, opens a pool, makes a call, and tells how long each of it took. */
import { rival } from "../rivals/rival.mjs";
import { same } from "./same.mjs";
import { tasks } from "./thread-tasks.mjs";

const filename = new URL("thread-tasks.mjs", import.meta.url).href;
const contenders = {
  raw: {
    load: () => import("../rivals/raw-threads.mjs"),
    open: ({ RawThread }) => new RawThread(),
    call: (thread) => thread.run("same", 7),
  },
  ours: {
    load: () => import("skein"),
    open: ({ Threadpool }) => new Threadpool({ maxThreads: 1 }),
    call: (pool) => pool.run(tasks.same, [7]),
  },
  piscina: {
    load: () => rival("piscina"),
    open: ({ Piscina }) => new Piscina({ filename, minThreads: 1, maxThreads: 1 }),
    call: (pool) => pool.run(7, { name: "same" }),
  },
  tinypool: {
    load: () => rival("tinypool"),
    open: ({ Tinypool }) => new Tinypool({ filename, minThreads: 1, maxThreads: 1 }),
    call: (pool) => pool.run(7, { name: "same" }),
  },
};

process.once("disconnect", () => process.exit());
const { load, open, call } = contenders[process.argv[2]];
const times = [performance.now()];
const library = await load();
times.push(performance.now());
const pool = open(library);
times.push(performance.now());
same(await call(pool), 7);
times.push(performance.now());
same(await call(pool), 7);
times.push(performance.now());
process.send(times, () => process.exit());
