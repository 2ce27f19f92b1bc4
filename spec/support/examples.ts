import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";

/** A fenced block of a document, as something to compile and to run. */
export interface Example {
  /** Where it stands: `README.md:12`, the line of its fence. */
  readonly place: string;
  readonly language: "ts" | "js" | "cjs";
  readonly run: boolean;
  /** What other examples import it by, `./records.ts`; it is not run by itself. */
  readonly file: string | undefined;
  /** The code, moved down so that its lines have the numbers that they have in the document. */
  readonly code: string;
  /** What it says that it prints, line by line. */
  readonly prints: readonly string[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const tsc = "node_modules/typescript/bin/tsc";
const languages = new Set(["ts", "js", "cjs"]);

/** The examples of a Markdown text. Throws on a fence that would escape the checks by its spelling. */
export function examplesOf(document: string, markdown: string): Example[] {
  const fences = /^( *)```(\w+)([^\n]*)\n([\s\S]*?)^\1```$/gm;
  return [...markdown.matchAll(fences)].flatMap((match) => {
    const [, indent = "", language = "", rest = "", body = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    const place = `${document}:${line}`;
    if (/^(typescript|javascript|mts|mjs|cts|tsx|jsx)$/i.test(language)) {
      throw new Error(`${place}: write the fence as ts, js or cjs, not as ${language}`);
    }
    if (!languages.has(language)) return [];
    const [, word = "", file] = /^ ?(no-run)?(?:\[([\w-]+\.\w+)\])?$/.exec(rest.trimEnd()) ?? [];
    if (word + (file ?? "") === "" && rest.trim() !== "") {
      throw new Error(
        `${place}: after ${language} there may be no-run, or [a-file.${language}], got ${rest.trim()}`,
      );
    }
    const code = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    return {
      place,
      language: language as Example["language"],
      run: word === "" && file === undefined,
      file,
      code: "\n".repeat(line) + code,
      prints: [...code.matchAll(/\/\/ prints: ?(.*)$/gm)].map(([, text = ""]) => text),
    };
  });
}

/** The text inside the doc comments of a source; every other line is empty, so that line numbers stay. */
export function docCommentsOf(source: string): string {
  return source
    .split("\n")
    .map((line) => /^\s*\*(?!\/) ?(.*)$/.exec(line)?.[1] ?? "")
    .join("\n");
}

/**
 * Compiles all examples at once and runs them, two at a time, against the built package, which they import by
 * its name from `.temp/<folder>`. The result has what is wrong with each example, by its place: nothing, if it
 * compiles, exits with 0 and prints what it says.
 */
export async function problemsOfExamples(
  folder: string,
  examples: readonly Example[],
): Promise<ReadonlyMap<string, string>> {
  const directory = `.temp/${folder}`;
  rmSync(root + directory, { recursive: true, force: true });
  mkdirSync(root + directory, { recursive: true });
  for (const example of examples) {
    const file = `${root}${directory}/${fileOf(example, example.language)}`;
    // Two of one name would be taken for each other.
    writeFileSync(file, example.code, { flag: "wx" });
  }
  const compilerOutput = examples.some(({ language }) => language === "ts")
    ? await compile(directory)
    : "";
  const twoAtATime = pLimit(2);
  const problems = examples.map((example) =>
    twoAtATime(async () => {
      const errors = compilerOutput
        .split("\n")
        .filter((line) => line.includes(`/${fileOf(example, "ts")}(`));
      if (errors.length > 0) return errors.join("\n");
      return example.run ? runProblem(directory, example) : "";
    }),
  );
  return new Map((await Promise.all(problems)).map((text, i) => [examples[i]?.place ?? "", text]));
}

function fileOf(example: Example, extension: string): string {
  if (example.file !== undefined) return example.file;
  return `${example.place.replaceAll(/[^\w]+/g, "-")}.${extension}`;
}

async function compile(directory: string): Promise<string> {
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: {
      noEmit: false,
      rootDir: ".",
      outDir: ".",
      moduleDetection: "force",
      isolatedDeclarations: false,
      declaration: false,
      declarationMap: false,
      sourceMap: false,
    },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(`${root}${directory}/tsconfig.json`, JSON.stringify(config));
  const { exitCode, stdout } = await run([tsc, "-p", directory, "--pretty", "false"]);
  if (exitCode !== 0 && !/\.ts\(\d+,\d+\): error/.test(stdout)) {
    throw new Error(`The examples could not be compiled:\n${stdout}`);
  }
  return stdout;
}

async function runProblem(directory: string, example: Example): Promise<string> {
  const extension = example.language === "cjs" ? "cjs" : "js";
  const result = await run([`${directory}/${fileOf(example, extension)}`]);
  if (result.exitCode !== 0) return `ended with ${result.exitCode}:\n${result.stderr}`;
  const printed = result.stdout.replace(/\n$/, "");
  const expected = example.prints.join("\n");
  return printed === expected ? "" : `says that it prints\n${expected}\nbut prints\n${printed}`;
}

interface Ended {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? (error.code ?? error.signal ?? "?") : 0, stdout, stderr });
    });
  });
}
