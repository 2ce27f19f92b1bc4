import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How much of the history a finding shows. */
const LAST_LINES = 40;
const MOST_WIDTH = 240;

export function printFinding({ kind, text }, { seed, threads, folder }) {
  const history = read(join(folder, "history")).trimEnd().split("\n");
  const round = history.findLast((line) => line.includes(" round of seed "));
  const shown = history.slice(-LAST_LINES).filter((line) => !line.includes(" FOUND "));
  console.log(
    `\nFOUND: ${kind} (seed ${seed}${threads === undefined ? "" : `, ${threads} threads`})`,
  );
  console.log(indented(text));
  console.log("its round:");
  console.log(indented(round ?? "none"));
  console.log(`the last of ${history.length} lines of history, milliseconds first:`);
  console.log(indented(shown.join("\n")));
  console.log(`all of it: ${join(folder, "history")}\n`);
}

export function printFigures(total, seconds) {
  const shown = Object.entries(total).map(([name, count]) => `${name} ${count}`);
  console.log(`${Math.round(seconds)} s: ${shown.join(", ")}`);
}

export function addFigures(total, figures) {
  for (const [name, count] of Object.entries(figures)) total[name] = (total[name] ?? 0) + count;
}

function indented(text) {
  return text
    .split("\n")
    .map((line) => `  ${line.length > MOST_WIDTH ? `${line.slice(0, MOST_WIDTH)}...` : line}`)
    .join("\n");
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
