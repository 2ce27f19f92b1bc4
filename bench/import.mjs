/**
 * `npm run bench -- import`: what a process has used when it has its first result, with the import of the library; beside one that
 * imports an empty module. Each run is a whole process, and they take turns. The tables go to IMPORT.md.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machine } from "./harness/machine.mjs";
import { spread } from "./harness/statistics.mjs";
import { installRivals, urlOf } from "./rivals/rival.mjs";

const RUNS = 21;
const program = fileURLToPath(new URL("harness/import-program.mjs", import.meta.url));
const ours = import.meta.resolve("skein");

installRivals();
const contenders = [
  {
    what: "*an empty module*",
    program: "nothing",
    urls: [new URL("harness/empty.mjs", import.meta.url)],
  },
  { what: "**the import alone**", program: "nothing", urls: [ours] },
  { what: "**taskGroup, its first result**", program: "group", urls: [ours] },
  { what: "effection run and spawn", program: "effection", urls: [urlOf("effection")] },
  { what: "abort-controller-x spawn", program: "fork", urls: [urlOf("abort-controller-x")] },
  { what: "**resolveDependencies, all inline**", program: "inline", urls: [ours] },
  { what: "**the same, one of three in a thread**", program: "thread", urls: [ours] },
  {
    what: "inversify get",
    program: "inversify",
    urls: [urlOf("reflect-metadata"), urlOf("inversify")],
  },
  { what: "awilix resolve", program: "awilix", urls: [urlOf("awilix")] },
];
const samples = contenders.map(() => []);
for (let run = 0; run < RUNS; run++) {
  const order = run % 2 === 0 ? contenders : contenders.toReversed();
  for (const one of order) samples[contenders.indexOf(one)].push(sampleOf(one));
}
const rows = contenders.map(({ what }, i) => ({ what, ...medians(samples[i]) }));
const [floor] = rows;
const text = [
  "# Import",
  "",
  "Written by `npm run bench -- import`: what a process has used when it has its first result, from its beginning, which is Node's own,",
  `and with the import of the library. Each run is a process, and they take turns; medians of ${RUNS}. CPU time is that of`,
  "all threads, those of Node among them. Beyond the empty module: what of it is the library's.",
  "",
  machine(),
  "",
  "| | CPU × empty | CPU ms | beyond the empty module | wall ms | RSS, beyond, MB | heap, beyond, MB |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows.map((row) =>
    [
      `| ${row.what}`,
      (row.cpuMs / floor.cpuMs).toFixed(2),
      row.cpuMs.toFixed(1),
      (row.cpuMs - floor.cpuMs).toFixed(1),
      row.wallMs.toFixed(1),
      ((row.rss - floor.rss) / 1e6).toFixed(1),
      `${((row.heapUsed - floor.heapUsed) / 1e6).toFixed(1)} |`,
    ].join(" | "),
  ),
].join("\n");
console.log(text);
writeFileSync(new URL("IMPORT.md", import.meta.url), `${text}\n`);

function sampleOf({ program: name, urls }) {
  const args = [program, name, ...urls.map(String)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

function medians(all) {
  const names = Object.keys(all[0]);
  return Object.fromEntries(
    names.map((name) => [name, spread(all.map((sample) => sample[name])).median]),
  );
}
