// Blocks its event loop as its argument says, and tells on standard output what is published of it.
import { pbkdf2Sync } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import { setTimeout } from "node:timers/promises";
import { watchEventLoop } from "skein";
import { taskGroup } from "skein/ambient";

const told = new Promise((resolve) => {
  subscribe("skein:loop:blocked", (event) => {
    console.log(JSON.stringify(event));
    resolve();
  });
});
const watch = watchEventLoop({ stallMs: 50 });

function computes() {
  const end = performance.now() + 2_000;
  while (performance.now() < end);
}
function hashes() {
  pbkdf2Sync("password", "salt", 3_000_000, 64, "sha512");
}
function neverEnds() {
  for (;;);
}
const kinds = { computes, hashes, neverEnds };

// Its thread has to be up.
await setTimeout(1_000);
console.log("ready");
if (process.argv[2] === "nothing") {
  await setTimeout(1_500);
} else {
  await taskGroup((group) => group.spawn(kinds[process.argv[2]], { name: "work" }));
  // The watch itself keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  await told;
  clearInterval(alive);
}
await watch[Symbol.asyncDispose]();
