const WIDTH = 800;
const LEFT = 300;
const RIGHT = 70;
const ROW = 18;
const COLOURS = { 20: "#4477aa", 22: "#228833", 24: "#cc6677", 26: "#aa3377" };

const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

/** A plot of the ratios to the floor on a logarithmic scale, as an SVG: a dot at the median, a line from min to max. */
export function plot(workload, kept) {
  const names = [...new Set(kept.flatMap(({ contenders }) => contenders.map(({ name }) => name)))];
  const rows = names.map((name) => ({
    name,
    dots: kept.flatMap(({ major, contenders }) => {
      const found = contenders.find((contender) => contender.name === name);
      return found === undefined
        ? []
        : [
            {
              major,
              kind: found.kind,
              ratio: workload.clock === "wall" ? found.wallRatio : found.cpuRatio,
            },
          ];
    }),
  }));
  const ratios = rows.flatMap(({ dots }) =>
    dots.flatMap(({ ratio }) => (ratio === null ? [1] : [ratio.min, ratio.max])),
  );
  const low = Math.floor(Math.log10(Math.min(...ratios, 0.8)));
  const high = Math.ceil(Math.log10(Math.max(...ratios, 2)));
  const x = (ratio) => LEFT + ((Math.log10(ratio) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const rowHeight = ROW * Math.max(1, kept.length * 0.75);
  const height = 62 + rows.length * rowHeight;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="10" y="20" font-weight="bold">${escaped(`${workload.id}: ${workload.title}`)}</text>`,
    ...legend(kept),
  ];
  const bottom = height - 24;
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power);
    parts.push(
      `<line x1="${at}" y1="32" x2="${at}" y2="${bottom}" stroke="${power === 0 ? "#000000" : "#cccccc"}"/>`,
      `<text x="${at}" y="${bottom + 15}" text-anchor="middle">${10 ** power >= 1 ? 10 ** power : (10 ** power).toFixed(-power)}×</text>`,
    );
  }
  rows.forEach(({ name, dots }, index) => {
    const top = 34 + index * rowHeight;
    const ours = dots[0].kind === "ours";
    const middle = top + rowHeight / 2;
    parts.push(
      `<text x="${LEFT - 10}" y="${middle + 4}" text-anchor="end"${ours ? ' font-weight="bold"' : ""}>${escaped(name)}</text>`,
    );
    dots.forEach(({ major, ratio }, place) => {
      const y = top + (rowHeight * (place + 1)) / (dots.length + 1);
      const { median, min, max } = ratio ?? { median: 1, min: 1, max: 1 };
      const colour = COLOURS[major];
      parts.push(
        `<line x1="${x(min)}" y1="${y}" x2="${x(max)}" y2="${y}" stroke="${colour}" stroke-width="2"/>`,
        `<circle cx="${x(median)}" cy="${y}" r="${ours ? 5 : 3.5}" fill="${colour}"/>`,
        `<text x="${x(max) + 8}" y="${y + 4}" font-size="10" fill="${colour}">${median >= 100 ? Math.round(median) : median.toPrecision(2)}</text>`,
      );
    });
  });
  return `${parts.join("\n")}\n</svg>\n`;
}

function legend(kept) {
  return kept.map(({ major }, index) => {
    const at = WIDTH - 10 - (kept.length - 1 - index) * 70;
    return `<text x="${at}" y="20" text-anchor="end" fill="${COLOURS[major]}">Node ${major}</text>`;
  });
}
