// `npm run bench -- remote` writes REMOTE.md: what a call on another machine costs, beside bare BullMQ with the same Redis, and beside a
// thread of this process. Needs redis-server; with `--server valkey-server` that one.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "../harness/machine.mjs";
import { calls, cancels, foreign, machines, PAUSE_MS } from "./figures.mjs";
import { Fleet } from "./fleet.mjs";

const { values } = parseArgs({ options: { server: { type: "string", default: "redis-server" } } });
const fleet = await Fleet.start(values.server);
await fleet.events.waitUntilReady();
if (fleet.client.status !== "ready") await once(fleet.client, "ready");
const version = /(?:valkey|redis)_version:(\S+)/.exec(await fleet.client.info("server"))[1];

const ofCalls = await calls(fleet);
const [bare] = ofCalls;
const columns = [
  "one call, ms",
  "÷ bare",
  "calls/s, 200 in flight",
  "÷ bare",
  "µs of Redis a call",
];
const text = [
  "# Calls on other machines\n",
  "Written by `npm run bench -- remote`: Redis, callers and workers on one machine, so that a network is not in it. Rounds take turns, and",
  "the median counts. All share the processors with Redis: what needs more of them gets less.\n",
  `${machine()}, ${values.server} ${version}\n`,
  table(
    ["", ...columns],
    ofCalls.map(({ name, ms, rate, redisMicros }) => [
      name,
      ms.toFixed(2),
      (ms / bare.ms).toFixed(2),
      rate.toFixed(0),
      (rate / bare.rate).toFixed(2),
      name === "a thread" ? "" : redisMicros.toFixed(0),
    ]),
  ),
  table(
    ["What a caller pays for a call of another", "µs of the processor"],
    (await foreign(fleet)).map(({ name, micros }) => [name, micros.toFixed(0)]),
  ),
  table(
    ["From a cancellation until the call has settled", "ms"],
    (await cancels(fleet)).map(({ name, ms }) => [name, ms.toFixed(1)]),
  ),
  table(
    [`Workers of four places, calls that wait ${PAUSE_MS} ms`, "calls/s", "of what is possible"],
    (await machines(fleet)).map(({ count, rate, most }) => [
      `${count}`,
      rate.toFixed(0),
      `${((rate / most) * 100).toFixed(0)} %`,
    ]),
  ),
];
await fleet.stop();
const ours = ofCalls.find(({ name }) => name === "skein/bullmq");
text.push(
  `Redis uses one core: at ${ours.redisMicros.toFixed(0)} µs a call it bears about ${thousands(1e6 / ours.redisMicros)} calls a second, whatever the number of`,
  "workers. See [many machines](../docs/many-machines.md#capacity) for what to do beyond that.",
);
writeFileSync(new URL("../REMOTE.md", import.meta.url), `${text.join("\n")}\n`);
console.log(text.join("\n"));

function table([first, ...others], rows) {
  const rule = ["---", ...others.map(() => "---:")];
  return `${[[first, ...others], rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function thousands(number) {
  return (Math.round(number / 100) * 100).toLocaleString("en");
}
