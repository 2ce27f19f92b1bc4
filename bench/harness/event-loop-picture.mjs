const WIDTH = 760;
const LEFT = 300;
const RIGHT = 90;
const ROW = 30;

/** The picture of README.md: bars for the 99th percentiles, and for how long work goes on that nobody waits for. */
export function eventLoopPicture({ machine, rows, left, LEAVES_AFTER_MS, LONG_MS, BLOCK_MS }) {
  const words = { loop: "on the event loop", thread: "runInThreadpool(scope, …)" };
  const panels = [
    {
      title: `A request that needs no time, beside a plain function of ${BLOCK_MS} ms: 99 of 100 are answered within`,
      bars: rows.map(({ name, p99 }) => ({
        name,
        ms: p99,
        ours: name.endsWith("runInThreadpool"),
      })),
    },
    {
      title: `The client leaves after ${LEAVES_AFTER_MS} ms of ${LONG_MS / 1_000} s: the function goes on for another`,
      bars: left.map(({ place, ms }) => ({ name: words[place], ms, ours: place === "thread" })),
    },
  ];
  const parts = [];
  let y = 10;
  for (const { title, bars } of panels) {
    y += 16;
    parts.push(`<text class="title" x="10" y="${y}">${title}</text>`);
    y += 12;
    const most = Math.max(...bars.map(({ ms }) => ms));
    for (const { name, ms, ours } of bars) {
      const width = Math.max(1, (ms / most) * (WIDTH - LEFT - RIGHT));
      const middle = y + ROW / 2 + 4;
      parts.push(
        `<text x="${LEFT - 10}" y="${middle}" text-anchor="end">${name}</text>`,
        `<rect class="${ours ? "ours" : "other"}" x="${LEFT}" y="${y + 5}" width="${width.toFixed(1)}" height="${ROW - 10}" rx="2"/>`,
        `<text class="figure" x="${(LEFT + width + 8).toFixed(1)}" y="${middle}">${short(ms)} ms</text>`,
      );
      y += ROW;
    }
    y += 14;
  }
  parts.push(
    `<text class="small" x="10" y="${y + 4}">The quietest of several rounds, npm run bench -- event-loop. ${machine}</text>`,
  );
  const height = y + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">`,
    "<style>.paper{fill:#fff}text{fill:#1f2328}.title,.figure{font-weight:bold}.small{font-size:11px;fill:#656d76}.ours{fill:#228833}.other{fill:#b0b7bf}",
    "@media (prefers-color-scheme:dark){.paper{fill:#0d1117}text{fill:#e6edf3}.small{fill:#8d96a0}.ours{fill:#3fb950}.other{fill:#6e7681}}</style>",
    `<rect class="paper" width="${WIDTH}" height="${height}"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function short(ms) {
  return ms >= 100 ? Math.round(ms).toLocaleString("en") : ms.toPrecision(2);
}
