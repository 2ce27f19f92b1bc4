import { posix } from "node:path";

/** What users import, the program of the threads, and the script of the page: these may use every part below, and no part may use them. */
const entries: readonly string[] = [
  "index",
  "ambient",
  "worker",
  "thread",
  "testing",
  "inspect",
  "cli",
  "page",
];

/**
 * The parts of `lib/`, each with the parts that it may import beside itself. Nothing else is allowed. A part in a part stands for
 * itself: the files of the outer one may import it, it imports none of theirs.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  host: ["errors"],
  scope: ["host", "errors"],
  tasks: ["scope", "host", "errors"],
  sync: ["scope", "host", "errors"],
  channels: ["scope", "host", "errors"],
  processes: ["tasks", "scope", "host", "errors"],
  threads: ["tasks", "sync", "scope", "host", "errors"],
  dependencies: ["threads", "tasks", "sync", "scope", "host", "errors"],
  "dependencies/declare": ["threads", "tasks", "scope", "errors"],
  "dependencies/plan": ["dependencies/declare", "scope", "errors"],
  "dependencies/run": [
    "dependencies/plan",
    "dependencies/declare",
    "threads",
    "scope",
    "host",
    "errors",
  ],
  "dependencies/lifetimes": [
    "dependencies/run",
    "dependencies/plan",
    "dependencies/declare",
    "threads",
    "tasks",
    "scope",
    "host",
    "errors",
  ],
  observe: ["dependencies", "threads", "channels", "tasks", "sync", "scope", "host", "errors"],
  // What outsiders need to write an executor; and one, which has no more than they.
  executor: ["threads", "tasks", "sync", "scope", "host", "errors"],
  bullmq: ["executor", "index", "worker"],
};

const maxCodeLines = 320;
const MOST_COLUMNS = 120;
const drawer = /^(utils?|helpers?|common|types?|misc)$/;

/** Says in one sentence each what is wrong with `files`: the sources of `lib/` by their path in it. */
export function architectureProblems(files: ReadonlyMap<string, string>): string[] {
  const graph = new Map([...files].map(([path, source]) => [path, importsOf(path, source)]));
  return [
    ...[...files].flatMap(([path, source]) => fileProblems(path, source)),
    ...memberProblems(files),
    ...[...graph].flatMap(([path, targets]) => targets.flatMap((to) => arrowProblems(path, to))),
    ...cycles(graph).map((cycle) => `lib/ has an import cycle: ${cycle.join(" -> ")}`),
  ];
}

/** The same arrows in the linter's words, so that an editor shows a wrong one while it is typed. */
export function linterOverrides(): unknown[] {
  return Object.keys(arrows).map((part) => {
    const allowed = arrows[part] ?? [];
    return {
      files: [`lib/${part}{.ts,/**}`],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            patterns: [
              {
                group: Object.keys(arrows).flatMap((other) => patternsOf(part, other)),
                message: `${part} may import only ${["itself", ...allowed].join(", ")}.`,
              },
            ],
          },
        ],
      },
    };
  });
}

/** How a file of `part` would import from `other`, if it may not. */
function patternsOf(part: string, other: string): string[] {
  if (other === part || mayImport(part, other)) return [];
  if (part.startsWith(`${other}/`)) return ["../*.ts"];
  const isBeside = posix.dirname(other) === posix.dirname(part);
  if (other.includes("/")) return isBeside ? [`../${posix.basename(other)}/**`] : [];
  return [`**/${other}/**`];
}

function mayImport(part: string, target: string): boolean {
  if (entries.includes(part)) return true;
  return [part, ...(arrows[part] ?? [])].some(
    (allowed) => target === allowed || target.startsWith(`${allowed}/`),
  );
}

/** The files of `lib/` that a source imports, by static or dynamic import, for values or for types. */
function importsOf(path: string, source: string): string[] {
  const specifiers = [
    ...source.matchAll(/^\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/gm),
    ...source.matchAll(/^\s*import\s*["']([^"']+)["']/gm),
    ...source.matchAll(/\bimport\(\s*["']([^"']+)["']/g),
  ].map((match) => match[1] ?? "");
  return specifiers
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.join(posix.dirname(path), specifier));
}

function fileProblems(path: string, source: string): string[] {
  const problems: string[] = [];
  const part = partOf(path);
  if (!entries.includes(part) && arrows[part] === undefined) {
    problems.push(`lib/${path} belongs to no part: give "${part}" its row in the table of arrows`);
  }
  if (path.split("/").some((segment) => drawer.test(segment.replace(/\.ts$/, "")))) {
    problems.push(`lib/${path} is a drawer: name a file after what it is for`);
  }
  const long = source
    .split("\n")
    .findIndex((line) => isComment(line) && line.length > MOST_COLUMNS);
  if (long >= 0)
    problems.push(`lib/${path} has a comment wider than 120 columns in line ${long + 1}`);
  const lines = source.split("\n").filter((line) => !isComment(line) && line.trim() !== "").length;
  if (lines > maxCodeLines) {
    problems.push(`lib/${path} has ${lines} code lines: at ${maxCodeLines} a file is split`);
  }
  return problems;
}

/** A member that only its own class uses, and that nobody extends, is `#x`; `_x` are those of others as well. */
function memberProblems(files: ReadonlyMap<string, string>): string[] {
  const everything = [...files.values()].join("\n");
  return [...files].flatMap(([path, source]) =>
    [...source.matchAll(/^(?:export )?(?:abstract )?class (\w+)[^]*?^\}/gm)].flatMap(
      ([text, name = ""]) => {
        if (new RegExp(`extends ${name}\\b`).test(everything)) return [];
        const members = [...text.matchAll(/^ {2}(?:\w+ )*(_\w+)\b[ !?]*[:(=<]/gm)];
        return members
          .map(([, member = ""]) => member)
          .filter((member) => isOnlyOwn(member, text, everything))
          .map(
            (member) =>
              `lib/${path}: only ${name} uses its ${member}, so it is #${member.slice(1)}`,
          );
      },
    ),
  );
}

function isOnlyOwn(member: string, text: string, everything: string): boolean {
  const uses = (code: string, before: string): number =>
    [...code.matchAll(new RegExp(`${before}${member}\\b`, "g"))].length;
  return (
    uses(everything, "\\b") === uses(text, "\\b") && uses(text, "\\.") === uses(text, "this\\.")
  );
}

function isComment(line: string): boolean {
  return /^\s*(\/\/|\/?\*)/.test(line);
}

function arrowProblems(from: string, to: string): string[] {
  if (to.startsWith("..")) return [`lib/${from} imports ${to.slice(3)}, which is outside lib/`];
  const part = partOf(from);
  const target = partOf(to);
  return mayImport(part, target)
    ? []
    : [`lib/${from} imports lib/${to}: ${part} may not import ${target}`];
}

/** The innermost part that a file is in. */
function partOf(path: string): string {
  const [outer = path, inner] = path.split("/");
  const nested = `${outer}/${inner}`;
  return arrows[nested] === undefined ? outer.replace(/\.ts$/, "") : nested;
}

/** Each import that leads back to a file on the way to it, as the ring of files that it closes. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    way.push(path);
    for (const next of graph.get(path) ?? []) visit(next);
    way.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return found;
}
