// The first call of a process reads what it was given at the moment of the call, as every other does.
import assert from "node:assert/strict";
import { runInThreadpool, Threadpool } from "skein";

const pool = new Threadpool({ maxThreads: 1 });
const given = { n: 1 };
const bytes = Buffer.alloc(4, 1);
let captured = 1;

const results = [
  runInThreadpool((n) => [captured, n], 1),
  pool.run((object, buffer) => [object.n, buffer[0], captured], [given, bytes]),
];
const held = pool.hold(function* () {
  yield captured;
}, []);
given.n = 2;
bytes.fill(2);
captured = 2;

assert.deepEqual(await Promise.all(results), [
  [1, 1],
  [1, 1, 1],
]);
const generator = await held;
assert.equal(generator.value, 1);
await generator.finish({ kind: "success" });
