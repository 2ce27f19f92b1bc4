import { expected } from "./expected.mjs";

/** The page of what works where, from what a run has found. */
export function tableOf(kinds, rows, tools) {
  const sections = Object.entries(kinds).map(([kind, some]) => sectionOf(kind, some, rows, tools));
  return `# Where it works

One program of ${Object.keys(expected).length} checks runs in each of these environments: a group, a deadline, a built-in, a pure function, closures over a
constant, an import of Node, a module of the program, a function, a package in CommonJS and one in modules, an export of a package
itself, \`threaded\` in another module, a callback, an iteration, \`invoke\`, and a resolution. This page is written by the run,
\`node .ci/environments/run.mjs --table\`; a part of it is run with every change. Where there is nothing, it has not been
run for this page.

${sections.join("\n\n")}

## TypeScript

The declarations compile under TypeScript 5.4 to 7 with \`module\` \`nodenext\`, \`node16\`, \`bundler\` and \`preserve\`, with \`@types/node\` 20 to 26 and without
it, \`skipLibCheck\` off (\`node .ci/type-versions.mjs\`). Up to 5.3 there is no \`NoInfer\`. \`require\` of a module is known to \`module: "nodenext"\` since 5.8; under
\`node16\` and \`node18\` a file in CommonJS has to use \`await import("skein")\`.
`;
}

function sectionOf(kind, environments, rows, tools) {
  const nodes = [...new Set(Object.values(environments).flatMap((one) => one.nodes))];
  nodes.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
  const isOfTools = Object.values(environments).some(({ tool }) => tool !== undefined);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const body = Object.entries(environments).map(([name, { tool, limits }]) => {
    const cells = nodes.map((node) => rows.get(`${name} ${node}`)?.right ?? "");
    const version = tool === undefined ? "" : tools[tool];
    const note = limits === undefined ? "" : `: ${limits.why}`;
    return line([`${name}${note}`, ...(isOfTools ? [version] : []), ...cells]);
  });
  const head = ["", ...(isOfTools ? ["version"] : []), ...nodes.map((node) => `Node ${node}`)];
  return [`## ${kind}`, "", line(head), line(head.map(() => "---")), ...body].join("\n");
}
