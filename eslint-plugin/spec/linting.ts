import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as parser from "@typescript-eslint/parser";
import { Linter } from "eslint";
import { docCommentsOf, type Example, examplesOf } from "../../spec/support/examples.ts";
import plugin from "../lib/index.js";

const root = new URL("../../", import.meta.url);
const linter = new Linter();

/** What the recommended rules find: `<line> <rule>`, a line each. */
export function findingsIn(code: string): string[] {
  const messages = linter.verify(code, [
    { files: ["**"], languageOptions: { parser } },
    plugin.configs.recommended,
  ]);
  return messages.map(({ line, ruleId, message }) => `${line} ${ruleId ?? message}`);
}

export interface Section {
  readonly rule: string;
  readonly wrong: string;
  readonly right: string;
}

/** The two examples of each rule in the README. */
export function sectionsOfReadme(): Section[] {
  const readme = read("eslint-plugin/README.md");
  const sections =
    /^## `(skein\/[a-z-]+)`$[^#]*?^Wrong:$\n+```ts no-run\n([^`]*?)^```$\n+^Right:$\n+```ts no-run\n([^`]*?)^```$/gm;
  return [...readme.matchAll(sections)].map(([, rule = "", wrong = "", right = ""]) => ({
    rule,
    wrong,
    right,
  }));
}

/** Every program that the project shows: the guides' and doc comments' examples, and those in examples/. */
export function shownPrograms(): Pick<Example, "place" | "code">[] {
  const guides = ["README.md", ...filesIn("docs", ".md")];
  return [
    ...guides.flatMap((path) => examplesOf(path, read(path))),
    ...filesIn("lib", ".ts").flatMap((path) => examplesOf(path, docCommentsOf(read(path)))),
    ...filesIn("examples", ".ts").map((path) => ({ place: path, code: read(path) })),
  ];
}

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(fileURLToPath(new URL(`${folder}/`, root)), {
    recursive: true,
    encoding: "utf8",
  })
    .filter((path) => path.endsWith(extension))
    .map((path) => `${folder}/${path}`);
}
