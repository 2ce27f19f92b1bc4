import { threaded } from "skein";

const syllables = "ba ce di fo gu ka le mi no pu ra se ti vo zu".split(" ");

/** Made once for each worker: it is of the module, and does not travel. */
const words = syllables.flatMap((first) =>
  syllables.flatMap((second) =>
    syllables.flatMap((third) => syllables.map((fourth) => first + second + third + fourth)),
  ),
);

/** The words that take the fewest changes to become `text`: looks at all of them, which takes a while. */
export const nearest = threaded(
  import.meta,
  (text: string): string[] =>
    words
      .map((word) => ({ word, distance: distanceOf(word, text) }))
      .toSorted((one, other) => one.distance - other.distance)
      .slice(0, 8)
      .map(({ word }) => word),
  { name: "examples/browser/nearest" },
);

/** Levenshtein's. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
