/**
 * `npm run bench -- languages`: groups of tasks, their cancellation and channels in Python and Go, beside ours and Node by
 * hand. Each contender runs in a process of its own; the table goes to LANGUAGES.md. What is not installed is skipped.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languages } from "./harness/language-contenders.mjs";
import { Running } from "./harness/language-process.mjs";
import { machine } from "./harness/machine.mjs";
import { spread } from "./harness/statistics.mjs";

const ROUNDS = 5;
/** A contender that has used up its time gets no more rounds than these. */
const FEWEST_ROUNDS = 3;
const BUDGET_MS = 6_000;
const GROUP = "Go, a group";
const PLAIN = "Go, plain goroutines";
const about = `# Beside other languages

Written by \`npm run bench -- languages\`: 100,000 tasks that do nothing, spawned and joined, and their results read; a binary
tree of groups; 100,000 tasks that sleep, from their cancellation until all have ended; a million values through a channel of
capacity 64. The slow run fewer: trio and anyio have a tree of depth 12, 50,000 sleepers and 100,000 values. Each contender has
a process of its own, and they take turns, round by round. The times are medians over the rounds, in µs per task or value;
the ratios are medians of each round's, with the smallest and the largest.

- By hand: \`Promise.all\`, \`asyncio.gather\`, a \`WaitGroup\` and plain goroutines; for the channel an async generator in JavaScript
  and Python, a bare \`chan\` in Go. In none of these does a failure stop the others. It is what one would write, which
  is not always the least there can be.
- A group in Go is what \`errgroup\` does: a context of its own, cancelled by the first error. Its channel is used in a \`select\`
  with the context, as ours is under a scope, so that the wait can be cancelled.
- The leanest form of ours keeps no handles, and asks \`trySend\` and \`tryReceive\` before it waits.
- Go uses all cores where it does not say \`one core\` (\`GOMAXPROCS=1\`). \`64 MiB\` is Node with \`--max-semi-space-size=64\`.
- CPU time counts every thread, collectors too. It is what to read on a machine that does other things as well.
`.split("\n");

/** `size` is a number of tasks or values, or the depth of the tree; `slow` that of those who need long. */
const workloads = [
  {
    id: "W1a",
    file: "w1a",
    title: "spawn and join",
    size: 100_000,
    slow: 100_000,
    floor: "Promise.all",
    ours: "taskGroup, results read",
    leanest: "taskGroup, joined only",
    goal: 1,
  },
  {
    id: "W2",
    file: "w2",
    title: "a tree of groups",
    size: 14,
    slow: 12,
    operations: (depth) => 2 ** (depth + 1) - 2,
    floor: "a tree of Promise.all",
    ours: "taskGroup",
    goal: 1,
  },
  {
    id: "W3",
    file: "w3",
    title: "cancel sleepers",
    size: 100_000,
    slow: 50_000,
    floor: "a Set and setTimeout",
    ours: "taskGroup, handles kept",
    leanest: "taskGroup, joined only",
    goal: 1,
  },
  {
    id: "W5",
    file: "w5",
    title: "a channel of 64",
    size: 1_000_000,
    slow: 100_000,
    floor: "a native async generator",
    ours: "send, receive, under a scope",
    leanest: "trySend or send, tryReceive or receive",
    goal: 3,
  },
];

const folder = mkdtempSync(join(tmpdir(), "skein-languages-"));
try {
  const { contenders, missing, versions } = languages(folder);
  for (const name of missing) console.log(`Skipped: ${name} is not installed`);
  if (versions.length > 0) {
    const results = [];
    for (const workload of workloads) results.push(await measured(workload, contenders));
    const text = report(results, { contenders, missing, versions });
    console.log(text);
    writeFileSync(new URL("LANGUAGES.md", import.meta.url), text);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** The samples of every contender, by name: nanoseconds per operation, one of each round. */
async function measured(workload, contenders) {
  const running = contenders.flatMap((contender) => {
    const command = contender.start(workload);
    return command === undefined ? [] : [new Running(contender, command, workload)];
  });
  try {
    for (const each of running) await each.warmUp();
    for (let round = 0; round < ROUNDS; round++) {
      for (const each of round % 2 === 0 ? running : running.toReversed()) {
        if (round < FEWEST_ROUNDS || each.spentMs < BUDGET_MS) await each.sample();
      }
    }
  } finally {
    for (const each of running) each.end();
  }
  return new Map(running.map(({ name, samples }) => [name, samples]));
}

function report(results, { contenders, missing, versions }) {
  const names = contenders.map(({ name }) => name);
  const ours = names.filter((name) => name.startsWith("**"));
  /** A table with a row for each name; `cell` gets the samples of a workload, the name and the workload. */
  const table = (head, rows, cell, last = []) => [
    row([head, ...workloads.map(({ id, title }) => `${id}: ${title}`)]),
    `| --- |${" ---: |".repeat(workloads.length)}`,
    ...rows.map((name) =>
      row([
        name,
        ...results.map((samples, i) =>
          samples.has(name) ? cell(samples, name, workloads[i]) : "",
        ),
      ]),
    ),
    ...last,
    "",
  ];
  const time = (kind) => (samples, name) =>
    short(spread(samples.get(name).map((sample) => sample[kind])).median / 1_000);
  const floors = new Map(contenders.map(({ name, floor }) => [name, floor]));
  const toFloor = (samples, name) => range(ratio(samples, name, floors.get(name), "cpu"));
  const toGo = (other, kind) =>
    table(
      `${kind === "cpu" ? "CPU" : kind} × ${other}`,
      ours,
      (samples, name, { goal }) => {
        const found = ratio(samples, name, other, kind);
        return `${range(found)}${found.median <= goal ? " ✓" : ""}`;
      },
      [row(["the goal", ...workloads.map(({ goal }) => `≤ ${goal}`)])],
    );
  return [
    ...about,
    `${machine()}; ${versions.join(", ")}`,
    "",
    ...missing.map((name) => `Not measured, since it was not installed: ${name}.\n`),
    ...table("CPU µs", names, time("cpu")),
    ...table("wall µs", names, time("wall")),
    ...table(
      "CPU × by hand in the same language",
      names.filter((name) => floors.get(name) !== undefined),
      toFloor,
    ),
    ...(names.includes(GROUP)
      ? [
          "## Beside Go",
          "",
          "The goal is at most Go's time where a task is spawned or cancelled, and at most three times its time for a channel; ✓ says",
          "that the median meets it.",
          "",
          verdict(results, "a group", GROUP),
          verdict(results, "plain goroutines", PLAIN),
          "",
          ...toGo(GROUP, "cpu"),
          ...toGo(PLAIN, "cpu"),
          ...toGo(GROUP, "wall"),
        ]
      : []),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

/** What the first form of ours meets, by CPU time. */
function verdict(results, what, other) {
  const met = workloads.map(
    ({ goal }, i) => ratio(results[i], "**skein**", other, "cpu").median <= goal,
  );
  const list = (wanted) =>
    workloads
      .filter((_, i) => met[i] === wanted)
      .map(({ id }) => id)
      .join(", ") || "nothing";
  return `- By CPU time beside ${what}: met for ${list(true)}; not met for ${list(false)}.`;
}

/** The ratio of each round that both have a sample in. */
function ratio(samples, name, other, kind) {
  const theirs = samples.get(other);
  const own = samples.get(name).slice(0, theirs.length);
  return spread(own.map((sample, i) => sample[kind] / theirs[i][kind]));
}

function row(cells) {
  return `| ${cells.join(" | ")} |`;
}

function short(value) {
  return value >= 99.5 ? String(Math.round(value)) : value.toPrecision(2);
}

function range({ median, min, max }) {
  return `${short(median)} [${short(min)} – ${short(max)}]`;
}
