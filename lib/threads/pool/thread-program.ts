import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeFs } from "../node-fs.ts";
import { got, WorkerStartError } from "../../errors.ts";

/** What the program of the threads is called, by us and by bundlers that make it an entry point. */
const NAMES = ["skein-thread.cjs", "skein-thread.js", "skein-thread.mjs"];

let found: string | undefined;

/**
 * The path of a program that was given.
 *
 * @throws TypeError for what is neither an absolute path nor a file URL
 */
export function checkedProgram(program: unknown): string | undefined {
  if (program === undefined) return undefined;
  const address = program instanceof URL ? program.href : program;
  if (typeof address === "string") {
    if (isAbsolute(address)) return address;
    if (address.startsWith("file:") && URL.canParse(address)) return fileURLToPath(address);
  }
  throw new TypeError(
    `Expected \`program\` to be an absolute path or a file URL, got ${got(program)}`,
  );
}

/**
 * The path of the program that threads run: beside this file, where the package has it and where bundlers put what they
 * see; or else in the installed package, as seen from here.
 *
 * @throws WorkerStartError when it is nowhere
 */
export function threadProgram(): string {
  return (found ??= findProgram());
}

function findProgram(): string {
  const asset = assetPath();
  if (asset !== undefined && nodeFs().existsSync(asset)) return asset;
  const here = ownPath();
  if (here !== undefined) {
    const beside = NAMES.map((name) => join(dirname(here), name)).find(nodeFs().existsSync);
    const program = beside ?? installedProgram(here);
    if (program !== undefined) return program;
  }
  throw new WorkerStartError(
    `No thread can be started: skein is part of a bundle, and the program of its threads is neither beside it (${here ?? "nobody knows where that is"}) ` +
      "nor installed as `skein/thread`. Make `skein/thread` an entry point of the bundle, named `skein-thread`, or copy its file there; " +
      "or say where it is, in `Threadpool.program` or the option `program`",
  );
}

/** Written like this, bundlers and tools that trace files see it. */
function assetPath(): string | undefined {
  try {
    return fileURLToPath(new URL("./skein-thread.cjs", import.meta.url));
  } catch {
    return undefined;
  }
}

/** Of this file, or of the bundle that it is in; one for CommonJS may have no `import.meta.url`. */
function ownPath(): string | undefined {
  const url: string | undefined = import.meta.url;
  if (url?.startsWith("file:") === true) return fileURLToPath(url);
  return typeof __filename === "string" ? __filename : undefined;
}

function installedProgram(here: string): string | undefined {
  try {
    return createRequire(pathToFileURL(here)).resolve("skein/thread");
  } catch {
    return undefined;
  }
}
