const WIDTH = 800;
const HEIGHT = 110;
const LEFT = 150;
const RIGHT = 20;

const panels = [
  { title: "heap, MB", of: ({ heapMb }) => heapMb },
  { title: "memory, MB", of: ({ rssMb }) => rssMb },
  { title: "p50, ms", of: ({ p50Ms }) => p50Ms },
  { title: "p99, ms", of: ({ p99Ms }) => p99Ms },
  { title: "handles", of: ({ handles }) => handles },
];

/** What was measured over time, each in a panel of its own that begins at 0, as an SVG. */
export function curves(samples) {
  const last = samples.at(-1).minute;
  const parts = panels.map(({ title, of }, index) => {
    const top = index * HEIGHT + 10;
    const most = Math.max(...samples.map(of), 1);
    const x = (minute) => LEFT + (minute / last) * (WIDTH - LEFT - RIGHT);
    const y = (value) => top + (1 - value / most) * (HEIGHT - 30);
    const line = samples
      .map((one) => `${x(one.minute).toFixed(1)},${y(of(one)).toFixed(1)}`)
      .join(" ");
    return `<text x="10" y="${top + 40}" font-weight="bold">${title}</text>
<text x="${LEFT - 8}" y="${top + 6}" text-anchor="end">${most.toPrecision(3)}</text>
<text x="${LEFT - 8}" y="${top + HEIGHT - 28}" text-anchor="end">0</text>
<line x1="${LEFT}" y1="${top + HEIGHT - 30}" x2="${WIDTH - RIGHT}" y2="${top + HEIGHT - 30}" stroke="#cccccc"/>
<polyline points="${line}" fill="none" stroke="#4477aa" stroke-width="1.5"/>`;
  });
  const height = panels.length * HEIGHT + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${parts.join("\n")}
<text x="${LEFT}" y="${height - 12}">0</text>
<text x="${WIDTH - RIGHT}" y="${height - 12}" text-anchor="end">${last.toFixed(0)} minutes</text>
</svg>
`;
}
