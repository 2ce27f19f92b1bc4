import { readdirSync, readFileSync } from "node:fs";

/** Of the clock that `stat` counts with: the same on every Linux that Node runs on. */
const TICK_MS = 10;

/**
 * For each thread of a process the milliseconds that it has had a processor, and that it wanted one: had it, or waited
 * for it. Empty where that cannot be known.
 */
export function threadTimes(pid) {
  const times = new Map();
  for (const thread of list(`/proc/${pid}/task`)) {
    const used = timesOf(`/proc/${pid}/task/${thread}`);
    if (used !== undefined) times.set(Number(thread), used);
  }
  return times;
}

function timesOf(folder) {
  const schedule = read(`${folder}/schedstat`);
  if (schedule !== undefined) {
    const [had, waited] = schedule.split(" ").map((nanoseconds) => Number(nanoseconds) / 1e6);
    if (had > 0) return { hadMs: had, wantedMs: had + waited };
  }
  const text = read(`${folder}/stat`);
  if (text === undefined) return undefined;
  // The name is in parentheses and may contain anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const had = TICK_MS * (Number(fields[11]) + Number(fields[12]));
  return { hadMs: had, wantedMs: had };
}

/** What each thread has had and wanted in between. */
export function since(before, now) {
  return [...now].map(([thread, { hadMs, wantedMs }]) => {
    const earlier = before.get(thread) ?? { hadMs: 0, wantedMs: 0 };
    return { thread, hadMs: hadMs - earlier.hadMs, wantedMs: wantedMs - earlier.wantedMs };
  });
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
