import { existsSync, readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { docCommentsOf, examplesOf, problemsOfExamples } from "./support/examples.ts";

const root = new URL("../", import.meta.url);
const compilingAndRunning = 300_000;

const documents = ["README.md", ...filesIn("docs", ".md")];
const sources = filesIn("lib", ".ts");
const examples = [
  ...documents.flatMap((path) => examplesOf(path, read(path))),
  ...sources.flatMap((path) => examplesOf(path, docCommentsOf(read(path)))),
];

describe("every example of README.md, docs/ and the doc comments", () => {
  let problems: ReadonlyMap<string, string>;
  beforeAll(async () => {
    problems = await problemsOfExamples("examples", examples);
  }, compilingAndRunning);

  it.each(examples)("compiles, and does what it says: $place", ({ place }) => {
    expect(problems.get(place)).toBe("");
  });
});

describe("problemsOfExamples", () => {
  const markdown = [
    "# Title",
    "```ts",
    'import { SkeinError } from "skein";',
    'console.log(new SkeinError("ERR_SKEIN_X", "m").code); // prints: ERR_SKEIN_X',
    "await Promise.resolve();",
    "```",
    "```ts",
    "const n: number = 'text';",
    "```",
    "```ts no-run",
    "process.exit(3);",
    "```",
    "- in a list",
    "  ```js",
    "  process.exit(3);",
    "  ```",
    "```ts",
    "console.log(1); // prints: 2",
    "```",
    "```cjs",
    'console.log(require("skein").SkeinError.name); // prints: SkeinError',
    "```",
    "```sh",
    "exit 1",
    "```",
    "```ts",
    "console.log(1);",
    "```",
    "```ts [made-up-part.ts]",
    "export const part: number = 5;",
    "throw new Error('is only run if it is imported');",
    "```",
    "```ts",
    'const { message } = await import("./made-up-part.ts").catch((error) => error);',
    "console.log(message); // prints: is only run if it is imported",
    "```",
  ].join("\n");
  const examplesHere = examplesOf("made-up.md", markdown);
  let problems: ReadonlyMap<string, string>;
  beforeAll(async () => {
    problems = await problemsOfExamples("made-up-examples", examplesHere);
  }, compilingAndRunning);

  it("finds the blocks that are meant to be compiled or run", () => {
    expect([...problems.keys()]).toEqual(
      [2, 7, 10, 14, 17, 20, 26, 29, 33].map((line) => `made-up.md:${line}`),
    );
  });

  it("finds nothing wrong with what compiles, exits with 0 and prints what it says", () => {
    expect(problems.get("made-up.md:2")).toBe("");
    expect(problems.get("made-up.md:20")).toBe("");
  });

  it("does not run a block that is marked no-run", () => {
    expect(problems.get("made-up.md:10")).toBe("");
  });

  it("names a type error by its line in the document", () => {
    expect(problems.get("made-up.md:7")).toMatch(/\(8,7\): error TS2322/);
  });

  it("names an exit code other than 0", () => {
    expect(problems.get("made-up.md:14")).toMatch(/^ended with 3/);
  });

  it("names another output than the block says", () => {
    expect(problems.get("made-up.md:17")).toBe("says that it prints\n2\nbut prints\n1");
  });

  it("names an output that the block does not speak of", () => {
    expect(problems.get("made-up.md:26")).toBe("says that it prints\n\nbut prints\n1");
  });

  it("has a block with a file's name run by those that import it", () => {
    expect(problems.get("made-up.md:29")).toBe("");
    expect(problems.get("made-up.md:33")).toBe("");
  });

  it("refuses two blocks with one file's name", async () => {
    const part = "```ts [part.ts]\nexport {};\n```\n";
    const twice = problemsOfExamples("twice", examplesOf("made-up.md", part + part));
    await expect(twice).rejects.toThrow("EEXIST");
  });

  it("refuses a fence that would escape by its spelling", () => {
    expect(() => examplesOf("made-up.md", "\n```typescript\nx\n```")).toThrow(/^made-up.md:2: /);
    expect(() => examplesOf("made-up.md", "```ts norun\nx\n```")).toThrow(/got norun$/);
    expect(() => examplesOf("made-up.md", "```ts [a/b.ts]\nx\n```")).toThrow(/got \[a\/b.ts\]$/);
  });
});

describe("docCommentsOf", () => {
  it("keeps the lines of doc comments, each on its line", () => {
    const source = "a();\n  /**\n   * Text.\n   *\n   * ```ts\n   *   b();\n   * ```\n   */\nc();";
    expect(docCommentsOf(source)).toBe("\n\nText.\n\n```ts\n  b();\n```\n\n");
  });
});

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function filesIn(folder: string, extension: string): string[] {
  const url = new URL(`${folder}/`, root);
  if (!existsSync(url)) return [];
  return readdirSync(url, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(extension))
    .map((path) => `${folder}/${path}`);
}
