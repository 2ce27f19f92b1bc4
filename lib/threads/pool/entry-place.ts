import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { WorkerExitedError } from "../../errors.ts";

/** The program of the threads. From dist/ and from lib/ alike, the built one: a worker runs no TypeScript. */
export const entry: string = findEntry(import.meta.url);

/** @param here - of this module; undefined in a bundle for CommonJS */
function findEntry(here: string | undefined): string {
  if (here !== undefined && /\/threads\/pool\/entry-place\.[jt]s$/.test(here)) {
    const url = new URL("../../../dist/threads/entry.js", here);
    if (existsSync(fileURLToPath(url))) return url.href;
  }
  throw new WorkerExitedError(
    "No thread can be started: the program of the threads is not where the package has it, most likely because skein is part " +
      'of a bundle. Keep it outside and installed, for example by `--external:skein` (esbuild) or `external: ["skein"]` (rollup)',
    1,
  );
}
