import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const rows = readFileSync(new URL("docs/conformance.md", root), "utf8")
  .split("\n")
  .map((line) => /^\| ([^|]+) \| [^|]+ \| `([^`|]+)` \| ([^|]+) \|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, number = "", file = "", title = ""]) => ({ number, file, title }));

describe("docs/conformance.md", () => {
  it("has its cases", () => {
    expect(rows.length).toBeGreaterThan(100);
  });

  it.each(rows)("names for case $number a test that exists", ({ file, title }) => {
    const url = new URL(file, root);
    const spec = existsSync(url) ? readFileSync(url, "utf8").replaceAll('\\"', '"') : "";
    expect([`"${title}"`, `'${title}'`].some((quoted) => spec.includes(quoted))).toBe(true);
  });
});
