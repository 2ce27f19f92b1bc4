import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Threadpool } from "../../lib/index.ts";

/** `round` and what `make` gives have one text; `paint` and what `brush` gives differ in a property only. */
const ROUNDING = `
const make = (digits) => { const round = (n) => n.toFixed(digits); return round; };
const brush = (color) => Object.assign((text) => text, { color });
const round = make(2);
const paint = brush("red");
`;

const packages = {
  rounding: {
    file: "index.mjs",
    text: `${ROUNDING} export { make, round, brush, paint };`,
    binding: "* as rounding",
  },
  "old-rounding": {
    file: "index.cjs",
    text: `${ROUNDING} Object.assign(exports, { make, round, brush, paint });`,
    binding: "rounding",
  },
} as const;

const programOf = (specifier: string, binding: string): string => `
import ${binding} from "${specifier}";
const { make, round, brush } = rounding;
const finely = make(4);
const ways = { round: make(4), coarsely: round };
const blue = brush("blue");
export const imported = () => rounding.round(1);
export const destructured = () => ways.coarsely(1);
export const made = () => finely(1);
export const madeAndHeld = () => ways.round(1);
export const marked = () => blue.color;
`;

type Program = Readonly<Record<string, () => unknown>>;

describe.each(["rounding", "old-rounding"] as const)("a function of %s", (specifier) => {
  let folder: string;
  let program: Program;
  const pool = new Threadpool({ maxThreads: 1 });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "skein-made-"));
    const { file, text, binding } = packages[specifier];
    const home = join(folder, "node_modules", specifier);
    await mkdir(home, { recursive: true });
    await writeFile(join(home, file), text);
    const manifest = { name: specifier, main: file, exports: `./${file}` };
    await writeFile(join(home, "package.json"), JSON.stringify(manifest));
    const path = join(folder, "program.mjs");
    await writeFile(path, programOf(specifier, binding));
    program = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Program;
  });
  afterAll(async () => {
    await pool.close();
    await rm(folder, { recursive: true });
  });

  it.each(["imported", "destructured"])("that is exported is imported: %s", async (name) => {
    expect(await pool.run(program[name]!, [])).toBe("1.00");
  });

  it.each(["made", "madeAndHeld", "marked"])(
    "that it has made is not taken for an export of the same text: %s",
    async (name) => {
      await expect(pool.run(program[name]!, [])).rejects.toMatchObject({
        code: "ERR_SKEIN_SHIP",
        message: expect.stringContaining(
          "no import of the module that uses it leads to it",
        ) as string,
      });
    },
  );
});
