import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Builds before the first spec if a source is newer than dist/, from which workers, examples and the package
 * are run: no result can come from yesterday's code. Throws with the compiler's words if it does not compile.
 */
export default function freshBuild(): void {
  // The last that is written.
  const built = `${root}dist/skein-thread.cjs`;
  const newest = Math.max(
    ...readdirSync(`${root}lib`, { recursive: true, encoding: "utf8" }).map(
      (path) => statSync(`${root}lib/${path}`).mtimeMs,
    ),
  );
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  execFileSync(process.execPath, [".ci/build.mjs"], { cwd: root, stdio: "inherit" });
}
