import { element } from "./element.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly head: string;
  /** What the numbers are of a column of numbers, which stand on the right. */
  readonly isNumber?: boolean;
  cell(row: Row): string | Node;
}

/** Draws rows, without columns that are empty, or says that there are none. */
export function drawTable<Row>(
  into: HTMLElement,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  none: string,
): void {
  if (rows.length === 0) {
    into.replaceChildren(element("p", { class: "none" }, none));
    return;
  }
  const cells = new Map(columns.map((column) => [column, rows.map((row) => column.cell(row))]));
  const filled = columns.filter((column) => cells.get(column)!.some((cell) => cell !== ""));
  const kindOf = ({ isNumber }: Column<Row>): Record<string, string> =>
    isNumber === true ? { class: "number" } : {};
  const head = filled.map((column) =>
    element("th", { scope: "col", ...kindOf(column) }, column.head),
  );
  const lines = rows.map((_, index) =>
    element(
      "tr",
      {},
      ...filled.map((column) => element("td", kindOf(column), cells.get(column)![index]!)),
    ),
  );
  into.replaceChildren(
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...lines),
    ),
  );
}

/** How full something is, as a bar and in words; `null` is without a limit. */
export function fill(used: number, total: number | null): Node {
  const words = `${count(used)} of ${total === null ? "∞" : count(total)}`;
  if (total === null) return element("span", {}, words);
  const meter = element("meter", { max: String(Math.max(total, 1)), value: String(used) });
  return element("span", { class: "fill" }, meter, words);
}

export function count(number: number): string {
  return number.toLocaleString("en");
}
