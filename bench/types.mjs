/**
 * `npm run bench -- types`: what the compiler needs for programs of 250 to 2,000 providers, with 20 inputs among them. What
 * grows linearly has a flat row per provider. The table goes to TYPES.md. Fails if instantiations grow faster.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spread } from "./harness/statistics.mjs";
import { machine } from "./harness/machine.mjs";

const SIZES = [250, 500, 1_000, 2_000];
const INPUTS = 20;
const ROUNDS = 3;
/** How much more the last size may need per provider than the first one. */
const TOLERANCE = 1.2;
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}.temp/types/`;
const columns = {
  Instantiations: "instantiations",
  Types: "types",
  "Memory used": "memory, MB",
  "Check time": "check, s",
};

mkdirSync(folder, { recursive: true });
const rows = [];
for (const size of [0, ...SIZES]) rows.push({ size, ...measured(size) });
rmSync(folder, { recursive: true });
const [empty, ...programs] = rows;
const own = (row) => (row.Instantiations - empty.Instantiations) / row.size;
const text = report();
console.log(text);
writeFileSync(new URL("TYPES.md", import.meta.url), text);
if (own(programs.at(-1)) > own(programs[0]) * TOLERANCE) {
  console.log("The instantiations grow faster than the number of providers");
  process.exitCode = 1;
}

function measured(size) {
  const file = `${folder}providers-${size}.ts`;
  writeFileSync(file, program(size));
  const args = [
    "--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck --module nodenext --target es2023",
    "--types node --extendedDiagnostics --incremental false --ignoreConfig",
  ].flatMap((line) => line.split(" "));
  const samples = Array.from({ length: ROUNDS }, () =>
    execFileSync(`${root}node_modules/.bin/tsc`, [...args, file], { cwd: root }).toString(),
  );
  return Object.fromEntries(
    Object.keys(columns).map((name) => [
      name,
      spread(samples.map((sample) => figure(sample, name))).median,
    ]),
  );
}

function figure(sample, name) {
  const line = sample.split("\n").find((each) => each.startsWith(`${name}:`));
  const [, value, unit] = /([\d.]+)(K?)/.exec(line);
  return unit === "K" ? Number(value) / 1024 : Number(value);
}

/** Providers of every kind, each below up to three of the eight before it; the last one reaches all inputs. */
function program(size) {
  const lines = [
    'import { inline, input, override, provide, resolveDependencies } from "skein";',
    ...Array.from(
      { length: INPUTS },
      (_, i) => `const i${i} = input<{ in${i}: number }>()("i${i}");`,
    ),
  ];
  for (let i = 0; i < size; i++) lines.push(`export const p${i} = ${provider(i)};`);
  if (size === 0)
    return [...lines, "export { inline, override, provide, resolveDependencies };"].join("\n");
  const last = `p${size - 1}`;
  const inputs = Array.from({ length: INPUTS }, (_, i) => `i${i}: { in${i}: ${i} }`).join(", ");
  return [
    ...lines,
    `const inputs = { ${inputs} };`,
    `export const value: Promise<{ v${size - 1}: number }> = resolveDependencies({ ${last} }, { inputs }, ({ ${last} }) => ${last});`,
    `const fake = override(p0, inline(() => ({ v0: 1 })));`,
    `export const faked = resolveDependencies({ ${last} }, { inputs, overrides: [fake] }, ({ ${last} }) => ${last}.v${size - 1});`,
    // That it is checked at all: each of these must be an error.
    `// @ts-expect-error -- an input is missing`,
    `void resolveDependencies({ ${last} }, { inputs: {} }, () => 1);`,
    `// @ts-expect-error -- no such value`,
    `void resolveDependencies({ ${last} }, { inputs }, (values) => values.other);`,
  ].join("\n");
}

function provider(i) {
  const below = [1, 3, 8].map((back) => i - back).filter((place) => place >= 0);
  const names = below.map((place) => `p${place}`);
  const value = `({ v${i}: ${["1", ...below.map((place) => `p${place}.v${place}`)].join(" + ")} })`;
  if (i % 5 === 0) names.push(`i${(i / 5) % INPUTS}`);
  const record = `{ ${names.join(", ")} }`;
  switch (i % 4) {
    case 0:
      return `provide(${record}, async (${record}) => ${value})`;
    case 1:
      return `inline(${record}, (${record}) => ${value})`;
    case 2:
      return `provide(${record}, (${record}) => ${value})`;
    default:
      return `provide(${record}, async function* (${record}) { yield ${value}; })`;
  }
}

function report() {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const names = Object.keys(columns);
  const version = execFileSync(`${root}node_modules/.bin/tsc`, ["--version"]).toString();
  return [
    "# Types",
    "",
    "Written by `npm run bench -- types`: what the compiler needs to check a program of so many providers of four kinds, each",
    `below up to three others, with ${INPUTS} inputs, resolved with and without an override. The first row is the library alone;`,
    "the last column is without it. Medians of three runs.",
    "",
    `TypeScript ${version.trim().split(" ").at(-1)}; ${machine()}`,
    "",
    line(["providers", ...names.map((name) => columns[name]), "instantiations per provider"]),
    `| ---: |${" ---: |".repeat(names.length + 1)}`,
    ...rows.map((row) =>
      line([
        row.size.toLocaleString("en"),
        ...names.map((name) => Number(row[name].toPrecision(4)).toLocaleString("en")),
        row.size === 0 ? "" : Math.round(own(row)).toLocaleString("en"),
      ]),
    ),
    "",
  ].join("\n");
}
