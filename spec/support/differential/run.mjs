// Functions that nobody wrote, here against there: `node spec/support/differential/run.mjs SEED RUNS`. Each module is
// imported; its function is called in a thread, twice, and then here. All three come to the same, or the thread refuses it.
// COLLECT=1 goes on after a failure, and prints each as it is.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { Threadpool } from "skein";
import { FORMATS, writeModule } from "./module.mjs";

const [seed = 1, numRuns = 100] = process.argv.slice(2).map(Number);
const folder = new URL(`../../../.temp/differential-${process.pid}/`, import.meta.url);
const pool = new Threadpool({ maxThreads: 1 });
const tally = { same: 0, refused: 0, unmade: 0 };
const reasons = new Map();
let written = 0;

mkdirSync(folder, { recursive: true });
try {
  const tape = fc.uint8Array({ maxLength: 160, size: "max" });
  await fc.assert(
    fc.asyncProperty(tape, fc.constantFrom(...FORMATS), async (tape, format) => {
      const complaint = await compare(tape, format);
      if (complaint !== undefined && process.env.COLLECT)
        console.log(
          "=====",
          complaint.replace(/const show[^]*?\n};/, "").replace(/ +at .*\n/g, ""),
        );
      else if (complaint !== undefined) throw new Error(complaint);
    }),
    { seed, numRuns, verbose: 0 },
  );
} catch (error) {
  console.log(`${error.message}\n${error.cause?.message ?? ""}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  await pool.destroy();
}
for (const [reason, count] of reasons) console.error(`${count} refused for ${reason}`);
console.log(JSON.stringify(tally));

/** What is wrong with how the function of a module travels. */
async function compare(tape, format) {
  const { text, reasons: allowed } = writeModule(tape, format);
  const name = `${written++}`;
  const imports =
    format === "mjs"
      ? `import { fn, args } from`
      : `import { createRequire } from "node:module"; const { fn, args } = createRequire(import.meta.url)`;
  const from = format === "mjs" ? `"./${name}.mjs"` : `("./${name}.${format}")`;
  writeFileSync(new URL(`${name}.${format}`, folder), text);
  writeFileSync(
    new URL(`use-${name}.mjs`, folder),
    `${imports} ${from};\nexport { fn, args };\nexport const call = (pool) => pool.run(fn, args);\n`,
  );
  let made;
  try {
    made = await import(new URL(`use-${name}.mjs`, folder).href);
  } catch (error) {
    // What its declarations do may throw.
    if (error instanceof SyntaxError && !/^[^\n]*JSON/.test(error.message))
      return `${error}\n${text}`;
    tally.unmade += 1;
    return undefined;
  }
  const { fn, args, call } = made;
  const there = await outcomeOf(() => call(pool));
  const again = await outcomeOf(() => call(pool));
  if (String(there.error?.code).startsWith("ERR_SKEIN")) return refusal(there.error, allowed, text);
  const here = await outcomeOf(() => fn(...args));
  for (const other of [there, again]) {
    if (!isDeepStrictEqual(comparable(here), comparable(other))) {
      return `here ${inspect(here, { depth: 9 })}\nthere ${inspect(other, { depth: 9 })}\n${text}`;
    }
  }
  tally.same += 1;
  return undefined;
}

function refusal({ code, message, variable, path }, allowed, text) {
  const name = variable ?? path.at(-1);
  const isNamed = message.includes(String(name));
  const isExpected = allowed.length > 0 || path[0] === "result";
  const isKnown = ["ERR_SKEIN_SHIP", "ERR_SKEIN_NOT_TRANSFERABLE"].includes(code);
  if (!isNamed || !isExpected || !isKnown)
    return `${code} for ${allowed.join() || "no reason"}: ${message}\n${text}`;
  tally.refused += 1;
  const reason = message.replace(/`[^`]*`/g, "…").slice(0, 160);
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return undefined;
}

async function outcomeOf(run) {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

function comparable({ value, error }) {
  return error === undefined ? [value] : [error.name, error.message, error.code, error.given];
}
