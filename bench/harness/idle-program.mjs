/** The program of W10n: uses a pool, lets it rest, and tells what CPU time the process took in the seconds after that. */
import { setTimeout } from "node:timers/promises";
import { Threadpool } from "skein";
import { RawThreads } from "../rivals/raw-threads.mjs";
import { pools } from "../rivals/thread-pools.mjs";
import { same } from "./same.mjs";
import { ourPool } from "./thread-ours.mjs";

const CALLS = 2_000;
/** Within this a thread may still look out for the next call. */
const REST_MS = 1_000;

process.once("disconnect", () => process.exit());
const [contender, idleMs] = process.argv.slice(2);
const pool = await opened(contender);
for (let i = 0; i < CALLS; i++) same(await pool.run("same", i), i);
await setTimeout(REST_MS);
const before = process.cpuUsage();
await setTimeout(Number(idleMs));
const { user, system } = process.cpuUsage(before);
process.send(user + system, () => process.exit());

function opened(name) {
  if (name === "raw") return new RawThreads(2);
  return name === "ours" ? ourPool({ Threadpool }, 2) : pools[name](2);
}
