import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as bullmq from "../lib/bullmq.ts";
import * as skein from "../lib/index.ts";
import * as testing from "../lib/testing.ts";

const root = new URL("../", import.meta.url);
const page = readFileSync(new URL("docs/errors.md", root), "utf8");
const sections = page.split(/^### /m).slice(1);
const headings = sections.map((section) => section.split("\n", 1)[0] ?? "");

describe("docs/errors.md", () => {
  it("has one section for each code in lib/", () => {
    const codes = headings.map((heading) => heading.match(/^`(\w+)` · /)?.[1]);
    expect(new Set(codes)).toEqual(codesInLib());
    expect(codes).toHaveLength(codesInLib().size);
  });

  it("names the class of each code", () => {
    const classes = classesByCode();
    for (const heading of headings) {
      const [, code = "", name] = heading.match(/^`(\w+)` · `(\w+)`$/) ?? [];
      expect([code, name]).toEqual([code, classes.get(code) ?? "SkeinError"]);
    }
  });

  it("says of each what to do", () => {
    expect(sections.filter((section) => !section.includes("\n_What to do:_ "))).toEqual([]);
  });
});

function codesInLib(): Set<string> {
  const lib = new URL("lib/", root);
  return new Set(
    readdirSync(lib, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => readFileSync(new URL(path, lib), "utf8"))
      .flatMap((source) => source.match(/\bERR_SKEIN_[A-Z_]+/g) ?? []),
  );
}

/** Of each error class: its constructor stores the code and takes anything for its other parameters. */
function classesByCode(): Map<string, string> {
  const codes = new Map<string, string>();
  for (const [name, value] of Object.entries<unknown>({ ...skein, ...testing, ...bullmq })) {
    if (typeof value !== "function" || !(value.prototype instanceof skein.SkeinError)) continue;
    const { code }: skein.SkeinError = Reflect.construct(value, []);
    codes.set(code, name);
  }
  return codes;
}
