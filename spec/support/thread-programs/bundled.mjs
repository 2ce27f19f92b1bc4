// Argument: the program of the threads, if it is to be named.
import {
  callback,
  iterateInThreadpool,
  runInThreadpool,
  threaded,
  Threadpool,
  transfer,
} from "skein";
import { checkCancelled, progress } from "skein/worker";

if (process.argv[2] !== undefined) Threadpool.program = process.argv[2];

const two = 2;
const double = (n) => n * two;
const triple = threaded(import.meta.url ?? "file:///bundled.cjs", (n) => n * 3);

async function run() {
  const items = [];
  for await (const item of iterateInThreadpool(function* () {
    yield* [1, double(1)];
  })) {
    items.push(item);
  }
  return {
    closure: await runInThreadpool((n) => double(n) + two, 20),
    declared: await triple(14),
    called: await runInThreadpool(
      (ask) => ask(41),
      callback(async (n) => n + 1),
    ),
    items,
    ...(await ofThreads()),
  };
}

/** What of the library a function in a thread uses, and takes along. */
async function ofThreads() {
  const pool = new Threadpool();
  const told = [];
  const controller = new AbortController();
  const onProgress = (value) => {
    told.push(value);
    controller.abort();
  };
  const asking = () => {
    progress("asking");
    for (;;) checkCancelled();
  };
  const options = { signal: controller.signal, onCancel: "cooperate", onProgress };
  const asked = await pool.run(asking, [], options).catch((error) => error.name);
  const moved = await pool.run(() => transfer(new Uint8Array([1, 2])), []);
  await pool.close();
  return { asked, told, moved: [...moved] };
}

void run()
  .catch((error) => [error.code, error.message])
  .then((results) => console.log(JSON.stringify(results)));
