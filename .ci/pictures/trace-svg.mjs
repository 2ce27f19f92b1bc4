// A trace as a picture, as Perfetto shows it: a track for each line of the event loop and each thread, and arrows between them.
const WIDTH = 900;
const LABEL = 110;
const ROW = 22;
const COLOURS = { task: "#a8c5e8", provider: "#b5d9a5", teardown: "#d5d5d5", thread: "#f0b97d" };

/** @param events - of a trace in Chrome's format */
export function traceSvg(events) {
  const slices = events.filter(({ ph }) => ph === "X");
  const start = Math.min(...slices.map(({ ts }) => ts));
  const end = Math.max(...slices.map(({ ts, dur }) => ts + dur));
  const xOf = (time) => LABEL + ((time - start) / (end - start)) * (WIDTH - LABEL - 10);
  const tracks = tracksOf(events, slices);
  const rowOf = ({ tid }, depth) => 8 + ROW * (tracks.get(tid).row + depth);
  const labels = [...tracks.values()].map(({ name, row }) => text(8, 8 + ROW * row + 15, name));
  const bars = slices.map((slice) => {
    const [x, y] = [xOf(slice.ts), rowOf(slice, depthOf(slice, slices))];
    const width = Math.max(1, xOf(slice.ts + slice.dur) - x);
    const fits = Math.floor((width - 6) / 6.7);
    const label =
      slice.name.length <= fits ? slice.name : fits > 3 ? `${slice.name.slice(0, fits - 1)}…` : "";
    const bar = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 2}" fill="${COLOURS[slice.cat]}" stroke="#fff"/>`;
    return bar + (label === "" ? "" : text(x + 4, y + 15, label));
  });
  const arrows = events
    .filter(({ ph }) => ph === "s")
    .map((from) => {
      const to = events.find(({ ph, id }) => ph === "f" && id === from.id);
      const caller = slices.find(
        (slice) =>
          slice.tid === from.tid &&
          slice.name === from.name &&
          slice.ts <= from.ts &&
          from.ts <= slice.ts + slice.dur,
      );
      const [x, y1, y2] = [
        xOf(from.ts),
        rowOf(from, depthOf(caller, slices)) + ROW - 2,
        rowOf(to, 0),
      ];
      return `<path d="M${x.toFixed(1)} ${y1}V${y2}" stroke="#8a4b08" marker-end="url(#head)"/>`;
    });
  const height = 16 + ROW * Math.max(...[...tracks.values()].map(({ row, depth }) => row + depth));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="11">
<defs><marker id="head" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="#8a4b08"/></marker></defs>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${[...labels, ...bars, ...arrows].join("\n")}
</svg>
`;
}

/** Each track by its number, from the top down, with how deep its slices are in each other. */
function tracksOf(events, slices) {
  const tracks = new Map();
  let row = 0;
  const named = events.filter(({ name }) => name === "thread_name");
  for (const { tid, args } of named.toSorted((a, b) => a.tid - b.tid)) {
    const own = slices.filter((slice) => slice.tid === tid);
    if (own.length === 0) continue;
    const depth = 1 + Math.max(...own.map((slice) => depthOf(slice, slices)));
    tracks.set(tid, { name: args.name, row, depth });
    row += depth;
  }
  return tracks;
}

/** How many others it is inside of. */
function depthOf(slice, slices) {
  const end = slice.ts + slice.dur;
  return slices.filter(
    (other) =>
      other !== slice &&
      other.tid === slice.tid &&
      other.ts <= slice.ts &&
      other.ts + other.dur >= end,
  ).length;
}

function text(x, y, content) {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${Math.round(x)}" y="${y}">${safe}</text>`;
}
