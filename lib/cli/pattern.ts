const NUMBER = /\d+(?:\.\d+)?/g;
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi;

/** A text apart from the numbers in it, of which there may be a range: `request 1`, `request 7` are `request 1–7`. */
export interface Pattern {
  /** Texts of the same pattern have the same. */
  readonly key: string;
  readonly least: number[];
  readonly most: number[];
}

export function patternOf(text: string): Pattern {
  const numbers: number[] = [];
  const key = text
    .replaceAll("\u0000", "")
    .replaceAll(UUID, "…")
    .replaceAll(NUMBER, (number) => {
      numbers.push(Number(number));
      return "\u0000";
    });
  return { key, least: numbers, most: [...numbers] };
}

/** Widens a pattern to another of the same key. */
export function widen(pattern: Pattern, by: Pattern): void {
  for (const [index, number] of by.least.entries()) {
    pattern.least[index] = Math.min(pattern.least[index]!, number);
  }
  for (const [index, number] of by.most.entries()) {
    pattern.most[index] = Math.max(pattern.most[index]!, number);
  }
}

export function textOf({ key, least, most }: Pattern): string {
  let index = 0;
  return key.replaceAll("\u0000", () => {
    const [from, to] = [least[index]!, most[index]!];
    index += 1;
    return from === to ? String(from) : `${from}–${to}`;
  });
}
