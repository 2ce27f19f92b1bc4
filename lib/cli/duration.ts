const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** A time as people say it: `250 ms`, `3.4 s`, `5 min`. */
export function duration(ms: number): string {
  for (const [unit, length] of UNITS) {
    if (ms < length) continue;
    const count = ms / length;
    return `${count < 10 ? Math.floor(count * 10) / 10 : Math.floor(count)} ${unit}`;
  }
  return `${Math.round(ms)} ms`;
}

/** From the shortest to the longest of several. */
export function durations(least: number, most: number): string {
  const [from, to] = [duration(least), duration(most)];
  return from === to ? from : `${from} to ${to}`;
}
