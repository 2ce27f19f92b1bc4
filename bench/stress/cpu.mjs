import { readdirSync, readFileSync } from "node:fs";

/** Of the clock that the kernel counts with: the same on every Linux that Node runs on. */
const TICK_MS = 10;

/** For each thread of a process the milliseconds of CPU that it has used; empty where that cannot be known. */
export function threadTimes(pid) {
  const times = new Map();
  for (const thread of list(`/proc/${pid}/task`)) {
    const text = read(`/proc/${pid}/task/${thread}/stat`);
    if (text === undefined) continue;
    // The name is in parentheses and may contain anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    times.set(Number(thread), TICK_MS * (Number(fields[11]) + Number(fields[12])));
  }
  return times;
}

/** Threads that have used more than `leastMs` since, and how much. */
export function usedSince(before, now, leastMs) {
  return [...now]
    .map(([thread, ms]) => ({ thread, ms: ms - (before.get(thread) ?? 0) }))
    .filter(({ ms }) => ms >= leastMs);
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
