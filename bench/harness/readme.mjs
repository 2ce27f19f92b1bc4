import { readFileSync, writeFileSync } from "node:fs";

const readme = new URL("../../README.md", import.meta.url);
const BEGIN = "<!-- costs: written by npm run bench -->";
const END = "<!-- /costs -->";

/** What README.md quotes, and in which words. */
const ROWS = {
  W1b: "spawn and join a task that awaits once",
  W2: "a tree of task groups",
  W3: "cancel a task that sleeps",
  W4: "a map of 16 at a time",
  W5: "a value through a channel of 64",
  W6b: "a deadline that does not fire",
  W7: "derive a scope and end it",
  W8: "acquire and release a semaphore",
  W10b: "a call in a thread, 1,000 in flight",
  W11a: "a request that needs ten providers",
};

function short(value) {
  return value >= 10 ? String(Math.round(value)) : value.toPrecision(2);
}

function row({ workload, contenders }) {
  const clock = workload.clock === "wall" ? "wallRatio" : "cpuRatio";
  const medianOf = (contender) => contender[clock].median;
  const ours = contenders.find(({ kind }) => kind === "ours");
  const rivals = contenders
    .filter(({ kind, ...rest }) => kind === "rival" && rest[clock] !== null)
    .toSorted((a, b) => medianOf(a) - medianOf(b));
  const best = rivals.length === 0 ? "" : `${rivals[0].name}: ${short(medianOf(rivals[0]))}`;
  return `| ${ROWS[workload.id]} | ${workload.floor.name} | **${short(medianOf(ours))}** | ${best} |`;
}

/** Writes the table of README.md, from the results of one version of Node. */
export function writeReadme(measured, major) {
  const rows = Object.keys(ROWS).flatMap((id) => {
    const found = measured.find(({ workload }) => workload.id === id);
    return found === undefined ? [] : [row(found)];
  });
  const table = [
    `| on Node ${major}, by hand = 1 | by hand | skein | the best of the others |`,
    "| --- | --- | ---: | --- |",
    ...rows,
  ].join("\n");
  const text = readFileSync(readme, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  writeFileSync(readme, `${before}${BEGIN}\n\n${table}\n\n${after}`);
}
