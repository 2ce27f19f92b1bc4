// Argument: the program of the threads, if it is to be named.
import { callback, iterateInThreadpool, runInThreadpool, threaded, Threadpool } from "skein";

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
  };
}

void run()
  .catch((error) => [error.code, error.message])
  .then((results) => console.log(JSON.stringify(results)));
