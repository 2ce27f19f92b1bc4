import { readFileSync, writeFileSync } from "node:fs";
import { keptBySize } from "./by-size-report.mjs";
import { short } from "./markdown.mjs";

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
/** More at once is no request. */
const MOST = 1_000;

/** Names, kinds and ratios: of each size up to {@link MOST} where there are several, else of the one that there is. */
function ratiosOf({ workload, contenders }, tables) {
  const table = tables.find(({ id }) => id === workload.id);
  if (table === undefined) {
    const clock = workload.clock === "wall" ? "wallRatio" : "cpuRatio";
    return contenders
      .filter((contender) => contender[clock] !== null)
      .map(({ name, kind, ...rest }) => ({ name, kind, ratios: [rest[clock].median] }));
  }
  const sizes = table.sizes.filter((size) => size <= MOST);
  return table.rows
    .filter(({ kind, cells }) => kind !== "floor" && sizes.every((size) => size in cells))
    .map(({ name, kind, cells }) => ({ name, kind, ratios: sizes.map((size) => cells[size]) }));
}

function range(ratios) {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map(rounded);
  return least === most ? least : `${least} – ${most}`;
}

function rounded(value) {
  return value >= 10 ? String(Math.round(value)) : short(value);
}

function mean(ratios) {
  return ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length;
}

function row(measured, tables) {
  const { workload } = measured;
  const found = ratiosOf(measured, tables);
  const ours = found.find(({ kind }) => kind === "ours");
  const [best] = found
    .filter(({ kind }) => kind === "rival")
    .toSorted((a, b) => mean(a.ratios) - mean(b.ratios));
  const theirs = best === undefined ? "" : `${best.name}: ${range(best.ratios)}`;
  return `| ${ROWS[workload.id]} | ${workload.floor.name} | **${range(ours.ratios)}** | ${theirs} |`;
}

/** Writes the table of README.md, from the results of one version of Node. */
export function writeReadme(measured, major) {
  const tables = keptBySize(major)?.tables ?? [];
  const rows = Object.keys(ROWS).flatMap((id) => {
    const found = measured.find(({ workload }) => workload.id === id);
    return found === undefined ? [] : [row(found, tables)];
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
