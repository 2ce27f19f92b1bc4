/** The program of W10f: one call in a thread, then nothing more. Prints when the last line had run. */
import { Threadpool } from "skein";
import { RawThread } from "../rivals/raw-threads.mjs";
import { pools } from "../rivals/thread-pools.mjs";
import { ourPool } from "./thread-ours.mjs";
import { same } from "./same.mjs";

const [contender] = process.argv.slice(2);
if (contender === "raw") {
  const raw = new RawThread();
  same(await raw.run("same", 7), 7);
  raw.unref();
} else {
  const pool = contender === "ours" ? ourPool({ Threadpool }, 1) : await pools[contender](1);
  same(await pool.run("same", 7), 7);
  // One of them keeps the process alive until it is told.
  void pool.end?.();
}
process.send(String(process.hrtime.bigint()));
process.disconnect();
