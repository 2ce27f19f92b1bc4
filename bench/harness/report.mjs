import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { machine, nodeMajor } from "./machine.mjs";
import { MAJORS, titled } from "./markdown.mjs";
import { plot } from "./plot.mjs";
import { writeReadme } from "./readme.mjs";
import { workloads } from "./workloads.mjs";

const results = new URL("../results/", import.meta.url);

const storeOf = (id, major) => new URL(`${id.toLowerCase()}.node${major}.json`, results);

/** Three significant digits, without an exponent. */
function short(value) {
  // What nobody has measured: the CPU time of another process.
  if (value === null || Number.isNaN(value)) return "–";
  if (value >= 100) return String(Math.round(value));
  return value.toPrecision(value >= 1 ? 3 : 2);
}

function ratio({ median, min, max }) {
  if (short(median) === "–") return "–";
  return `${short(median)} [${short(min)} – ${short(max)}]`;
}

function count(value) {
  return value.toLocaleString("en");
}

function noted(value = NaN) {
  return Number.isInteger(value) || value >= 10 ? count(Math.round(value)) : short(value);
}

/** The table of one measurement, as lines of Markdown. */
function table(workload, contenders, goals) {
  const notes = [...new Set(contenders.flatMap((contender) => Object.keys(contender.notes)))];
  const clock = workload.clock === "wall" ? "wall" : "CPU";
  const head = ["", "size", "CPU × floor", "wall × floor", `${clock} ns/${workload.operation}`];
  const rows = contenders.map((contender) => [
    titled(contender),
    count(contender.size),
    contender.cpuRatio === null ? "1" : ratio(contender.cpuRatio),
    contender.wallRatio === null ? "1" : ratio(contender.wallRatio),
    short((clock === "wall" ? contender.wallNs : contender.cpuNs).median),
    ...notes.map((note) => noted(contender.notes[note])),
    ...(goals ? [goalOf(workload, contender.name)] : []),
  ]);
  const all = [[...head, ...notes, ...(goals ? ["goal"] : [])], ...rows];
  const widths = all[0].map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(all[0]), rule, ...all.slice(1).map(line)];
}

function goalOf(workload, name) {
  const goal = workload.ours.find((ours) => name.startsWith(ours.name))?.goal ?? workload.goal;
  const kind = workload.ours.some((ours) => name.startsWith(ours.name));
  return kind && goal?.[nodeMajor()] !== undefined ? `≤ ${goal[nodeMajor()]}` : "";
}

/** What one run prints. */
export function printed(workload, { contenders, absent }) {
  return [
    "",
    `${workload.id}  ${workload.title}  (Node ${process.versions.node})`,
    ...(contenders.length === 0 ? [] : table(workload, contenders, true)),
    ...absent.map((each) => `! Not measured: ${each}`),
    ...new Set(contenders.flatMap(({ warnings }) => warnings.map((each) => `! ${each}`))),
  ].join("\n");
}

/** Keeps a result beside those of the other workloads and Node versions. */
export function keep({ id }, { contenders, absent }) {
  mkdirSync(results, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const kept = { machine: machine(), date, absent, contenders };
  writeFileSync(storeOf(id, nodeMajor()), `${JSON.stringify(kept, null, 1)}\n`);
}

/** Writes RESULTS.md, the plots and the table in the README from everything kept. */
export async function writeResults() {
  const lines = [
    "# Results",
    "",
    "Written by `npm run bench`. Absolute times vary with the machine; the ratios are the result: the median over the",
    "rounds, with the smallest and the largest. Each ratio is a sample against a sample of the floor taken right before",
    "it, in the same process. The size is the number of operations in a run; the slow ones run fewer, which flatters",
    "those whose cost grows faster than their number. What is measured and how: [README.md](README.md).",
  ];
  const quoted = [];
  for (const workload of await workloads()) {
    const kept = MAJORS.filter((major) => existsSync(storeOf(workload.id, major))).map((major) => ({
      major,
      ...JSON.parse(readFileSync(storeOf(workload.id, major), "utf8")),
    }));
    if (kept.length === 0) continue;
    if (kept[0].major === MAJORS[0]) quoted.push({ workload, contenders: kept[0].contenders });
    const picture = `${workload.id.toLowerCase()}.svg`;
    writeFileSync(new URL(picture, results), plot(workload, kept));
    lines.push("", `## ${workload.id}: ${workload.title}`, "", workload.about);
    lines.push(`The floor: ${workload.floor.name}.`);
    lines.push(
      "",
      `![${workload.clock === "wall" ? "Time" : "CPU time"} against the floor](results/${picture})`,
    );
    for (const { machine: where, date, absent = [], contenders } of kept) {
      lines.push("", `${where}, ${date}`, "", ...table(workload, contenders, false));
      if (absent.length > 0) lines.push("", `Not measured: ${absent.join("; ")}.`);
    }
  }
  writeFileSync(new URL("../RESULTS.md", import.meta.url), `${lines.join("\n")}\n`);
  writeReadme(quoted, MAJORS[0]);
}
