import { describe, expect, it } from "vitest";
import plugin from "../lib/index.js";
import { findingsIn, sectionsOfReadme } from "./linting.ts";

const sections = sectionsOfReadme();

describe("README.md", () => {
  it("has a section for every rule, and recommended turns each on", () => {
    const rules = Object.keys(plugin.rules ?? {}).map((rule) => `skein/${rule}`);
    expect(sections.map(({ rule }) => rule).toSorted()).toEqual(rules.toSorted());
    expect(plugin.configs.recommended.rules).toEqual(
      Object.fromEntries(rules.map((rule) => [rule, "error"])),
    );
  });

  it.each(sections)("shows what is wrong, and what is right: $rule", ({ rule, wrong, right }) => {
    const rules = findingsIn(wrong).map((finding) => finding.split(" ")[1]);
    expect(new Set(rules)).toEqual(new Set([rule]));
    expect(findingsIn(right)).toEqual([]);
  });
});
