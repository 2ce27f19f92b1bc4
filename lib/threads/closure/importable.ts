import { nodeFs } from "../node-fs.ts";
import { isOfPackage, pathOf } from "./home.ts";

/**
 * Whether a worker can import the module at `url` as this thread did. Not the program itself, which would start a
 * second time; not TypeScript that nothing in a worker would strip; not the modules of a test runner, which are not
 * the files that their addresses say.
 */
export function isImportable(url: string): boolean {
  if (!url.startsWith("file:")) return false;
  const path = pathOf(url);
  if (isEntry(path)) return false;
  if (process.env["VITEST"] !== undefined && !isOfPackage(path)) return false;
  return (
    !/\.[cm]?(ts|tsx|jsx)$/.test(path) || hasLoader() || (stripsTypes() && path.endsWith("ts"))
  );
}

function isEntry(path: string): boolean {
  const entry = process.argv[1];
  if (entry === undefined) return false;
  return realPath(entry) === realPath(path) || withoutExtension(path) === realPath(entry);
}

function realPath(path: string): string {
  try {
    return nodeFs().realpathSync(path);
  } catch {
    return path;
  }
}

/** `node app` runs `app.js`, `node folder` runs its `index.js`. */
function withoutExtension(path: string): string {
  return realPath(path).replace(/([\\/]index)?\.[^.\\/]+$/, "");
}

function hasLoader(): boolean {
  const flags = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  return /--(import|loader|experimental-loader|require)\b|(^|\s)-r\s/.test(flags);
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
