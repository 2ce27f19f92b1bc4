import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { nodeMajor } from "./machine.mjs";
import { line, MAJORS, short, titled } from "./markdown.mjs";

const results = new URL("../results/", import.meta.url);

const storeOf = (major) => new URL(`by-size.node${major}.json`, results);

/** Keeps the tables of one version of Node, and writes BY_SIZE.md from those of all. */
export function keepBySize(measurement) {
  mkdirSync(results, { recursive: true });
  writeFileSync(storeOf(nodeMajor()), `${JSON.stringify(measurement, null, 1)}\n`);
  const parts = MAJORS.flatMap((major) => {
    const kept = keptBySize(major);
    if (kept === undefined) return [];
    return [`## Node ${major}`, "", kept.where, "", ...kept.tables.flatMap(printed)];
  });
  const page = [
    "# By size",
    "",
    "Written by `npm run bench -- by-size`: some workloads of [RESULTS.md](RESULTS.md) with 1 to 100,000 operations in a run, with",
    "the flags that users have: none. (Each of the tables there has one size, and lets the collector run on the measured thread.) The",
    "floor's row has the CPU time of an operation, the others their ratio to the floor, the median of at most nine rounds. A cell is",
    "empty where another library cannot do so many in time. Real requests have 1 to 1,000 operations; with 100,000 the floor itself is",
    "mostly the collector's work. With one operation in a run, the group or the map that is opened for it belongs to its cost.",
    "",
    ...parts,
  ];
  writeFileSync(new URL("../BY_SIZE.md", import.meta.url), page.join("\n"));
}

/** What has been measured with a version of Node, if it has. */
export function keptBySize(major) {
  const store = storeOf(major);
  return existsSync(store) ? JSON.parse(readFileSync(store, "utf8")) : undefined;
}

/** A table as lines of Markdown. */
export function printed({ id, title, sizes, rows }) {
  return [
    `**${id}** ${title}`,
    "",
    line(["CPU × floor", ...sizes.map((size) => size.toLocaleString("en"))]),
    line(["---", ...sizes.map(() => "---:")]),
    ...rows.map((row) => line([titled(row), ...sizes.map((size) => shown(row, size))])),
    "",
  ];
}

function shown({ kind, cells }, size) {
  const value = cells[size];
  if (value === undefined) return "";
  return kind === "floor" ? `${short(value)} ns` : short(value);
}
