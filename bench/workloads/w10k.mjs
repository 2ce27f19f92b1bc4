import { transfer } from "skein";
import { same } from "../harness/same.mjs";
import { movedBack } from "../harness/thread-moves.mjs";
import { ourPool } from "../harness/thread-ours.mjs";
import { RawThread } from "../rivals/raw-threads.mjs";
import { rivalPools } from "../rivals/thread-pools.mjs";

const MEGABYTE = 1_000_000;

function objects(count) {
  const value = Array.from({ length: count }, (_, id) => ({
    id,
    name: `item ${id}`,
    price: id / 4,
    sold: id % 2 === 0,
  }));
  const check = (echo) => {
    same(echo.length, count);
    same(echo[count - 1].name, value[count - 1].name);
  };
  return { value, check };
}

const payloads = [
  { id: "100", title: "100 small objects", size: 200, ...objects(100) },
  { id: "1000", title: "1,000 small objects", size: 40, ...objects(1_000) },
  {
    id: "buffer",
    title: "a buffer of 1 MB, copied",
    size: 40,
    value: new Uint8Array(MEGABYTE).fill(7),
    check: (echo) => same(echo.length + echo[MEGABYTE - 1], MEGABYTE + 7),
  },
  {
    id: "text",
    title: "a string of 1 kB",
    size: 1_000,
    value: "text ".repeat(200),
    check: (echo) => same(echo.length, 1_000),
  },
];

/** One after the other; before each sample as many that do not count. */
function echoes(call, check) {
  return async (size, stopwatch) => {
    for (let i = 0; i < size; i++) await call();
    stopwatch.start();
    let echo;
    for (let i = 0; i < size; i++) echo = await call();
    stopwatch.stop();
    check(echo);
  };
}

function copied({ id, title, size, value, check }) {
  const raw = new RawThread();
  const measured = (run) => echoes(() => run("same", value), check);
  return {
    ...common(id, title, size),
    floor: {
      name: "postMessage to a bare worker and back",
      run: measured((name, given) => raw.run(name, given)),
    },
    ours: [{ name: "Threadpool.run", make: (library) => measured(ourPool(library, 1).run) }],
    rivals: rivalPools(1, ({ run }) => measured(run), { selected: ["piscina"] }),
  };
}

/** The same buffer goes there and comes back. */
function moved(id) {
  const raw = new RawThread();
  const measured = (move) => {
    let buffer = new ArrayBuffer(MEGABYTE);
    return echoes(
      async () => (buffer = await move(buffer)),
      (echo) => same(echo.byteLength, MEGABYTE),
    );
  };
  return {
    ...common(id, "a buffer of 1 MB, moved", 400),
    floor: {
      name: "postMessage to a bare worker and back",
      run: measured((buffer) => raw.run("moved", buffer, [buffer])),
    },
    ours: [
      {
        name: "transfer, there and back",
        // What one build marks, another does not know.
        make: (library) =>
          library.transfer === transfer
            ? measured((buffer) => movedBack(transfer(buffer)))
            : undefined,
      },
    ],
    rivals: [],
  };
}

function common(id, title, size) {
  return {
    id: `W10k-${id}`,
    title: `An echo of ${title}`,
    about: "A function that returns its argument, in one thread, one call after the other.",
    operation: "call",
    clock: "wall",
    enoughMs: 12_000,
    size,
    goal: { 20: 1.2, 24: 1.2 },
  };
}

export default [...payloads.map(copied), moved("moved")];
