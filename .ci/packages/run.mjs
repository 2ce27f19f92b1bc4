// The functions of some forty packages, here against there: `node .ci/packages/run.mjs` needs a build. Prints what is refused
// or wrong, and `N passed, N failed` at the end. What may be refused is listed here, with the reason.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installLibrary, npm } from "../library.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));

/** What stands in the program's entry only, and what has no text of its own. */
const mayBeRefused = ["schema of the entry", "a class that extends what `await` gives"];

const project = join(tmpdir(), "skein-packages");
install();
const { stdout, stderr } = spawnSync(process.execPath, ["closures.mjs"], {
  cwd: project,
  encoding: "utf8",
  timeout: 300_000,
});
process.stdout.write(stdout + stderr);
const tally = /^same (\d+), refused (\d+), wrong (\d+)$/m.exec(stdout);
const refused = [...stdout.matchAll(/^refused {2}(.*?): /gm)].map(([, name]) => name);
const tooMany = refused.filter((name) => !mayBeRefused.includes(name)).length;
const failed = tally === null ? 1 : Number(tally[3]) + tooMany;
console.log(`${tally === null ? 0 : Number(tally[1])} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The packages stay in the temporary directory; the library is what has been built. */
function install() {
  mkdirSync(project, { recursive: true });
  cpSync(join(here, "package.json"), join(project, "package.json"));
  cpSync(join(here, "package-lock.json"), join(project, "package-lock.json"));
  cpSync(join(here, "program"), project, { recursive: true });
  if (!existsSync(join(project, "node_modules/zod"))) npm(["ci"], project);
  installLibrary(project);
}
