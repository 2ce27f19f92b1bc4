import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import plugin from "../lib/index.js";
import { findingsIn, sectionsOfReadme } from "./linting.ts";

const oxlint = fileURLToPath(new URL("../../node_modules/oxlint/bin/oxlint", import.meta.url));
const index = fileURLToPath(new URL("../lib/index.js", import.meta.url));

describe("the rules in oxlint", () => {
  const folder = mkdtempSync(join(tmpdir(), "skein-oxlint-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("find what they find in ESLint", () => {
    const rules = plugin.configs.recommended.rules;
    const config = { jsPlugins: [index], categories: { correctness: "off" }, rules };
    writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config));
    const expected = sectionsOfReadme().flatMap(({ rule, wrong, right }, at) => {
      writeFileSync(join(folder, `${at}-wrong.ts`), wrong);
      writeFileSync(join(folder, `${at}-right.ts`), right);
      expect(findingsIn(wrong)).not.toEqual([]);
      return findingsIn(wrong).map((finding) => `${at}-wrong.ts ${finding} ${rule}`);
    });

    const { stdout } = spawnSync(process.execPath, [oxlint, "--format", "json", "."], {
      cwd: folder,
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(stdout) as {
      diagnostics: { filename: string; code: string; labels: { span: { line: number } }[] }[];
    };
    const found = diagnostics.map(({ filename, code, labels }) => {
      const rule = code.replace(/^(\w+)\((.*)\)$/, "$1/$2");
      return `${filename} ${labels[0]?.span.line} ${rule} ${rule}`;
    });
    expect(found.toSorted()).toEqual(expected.toSorted());
  });
});
