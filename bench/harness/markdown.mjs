/** What the pages of the benches have in common. */

/** The versions of Node that a page may have a part for. */
export const MAJORS = [20, 22, 24, 26];

/** A row of a table whose columns need not be aligned. */
export function line(cells) {
  return `| ${cells.join(" | ")} |`;
}

export function titled({ name, kind }) {
  return kind === "ours" ? `**${name}**` : kind === "floor" ? `*${name}*` : name;
}

/** Two digits that count. */
export function short(value) {
  return value >= 99.5 ? String(Math.round(value)) : value.toPrecision(2);
}
