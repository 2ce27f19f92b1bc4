import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import ts from "typescript-6";

/** A change to the text of one file, as it is in JavaScript. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What a module is given in place of what the host has. */
export interface Surroundings {
  /** By the specifier of the import, or by the path below `lib/`, as a file of JavaScript. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** Globals by name; all that are in {@link GLOBALS} and not here are the host's. */
  readonly globals: Readonly<Record<string, unknown>>;
}

const GLOBALS = [
  "Atomics",
  "Float64Array",
  "Int32Array",
  "Promise",
  "Uint16Array",
  "__awaiter",
  "globalThis",
  "performance",
  "process",
  "setImmediate",
] as const;

/** What a module keeps to itself and has to be seen. */
const PEEKS: Readonly<Record<string, string>> = {
  "threads/worker/leftovers.js": "export const peek = () => [leftover !== undefined];",
  "threads/worker/run-call.js": "export const peek = () => [sessions, takesTurns];",
};

type Body = (...given: unknown[]) => void;

const lib = fileURLToPath(new URL("../../../lib/", import.meta.url));
const hostRequire = createRequire(import.meta.url);
const bodies = new Map<string, Body>();

/**
 * Loads files of the package as functions of their imports and of the globals that they use, so that memory, ports,
 * timers and threads can be ours. The text is the package's own; what changes is mechanical: types go, imports become calls
 * of `require`, private fields can be read, and, for the worker's side, async functions become generators.
 */
export class Modules {
  readonly #patches: readonly Patch[];
  readonly #around: Surroundings;
  readonly #isSync: boolean;
  readonly #loaded: Map<string, Record<string, unknown>>;

  /**
   * @param isSync - `await` is given to our `__awaiter`
   * @param loaded - modules that are there already
   */
  constructor(
    patches: readonly Patch[],
    around: Surroundings,
    isSync: boolean,
    loaded?: ReadonlyMap<string, Record<string, unknown>>,
  ) {
    this.#patches = patches;
    this.#around = around;
    this.#isSync = isSync;
    this.#loaded = new Map(loaded);
  }

  /** What has been loaded so far. */
  get loaded(): ReadonlyMap<string, Record<string, unknown>> {
    return this.#loaded;
  }

  load(path: string): Record<string, unknown> {
    const known = this.#loaded.get(path);
    if (known !== undefined) return known;
    const { modules, globals } = this.#around;
    const exports: Record<string, unknown> = {};
    this.#loaded.set(path, exports);
    const require = (specifier: string): unknown => {
      if (specifier in modules) return modules[specifier];
      if (!specifier.startsWith(".")) return hostRequire(specifier);
      const found = join(dirname(path), specifier);
      return found in modules ? modules[found] : this.load(found);
    };
    const values = GLOBALS.map((name) =>
      name in globals ? globals[name] : (globalThis as Record<string, unknown>)[name],
    );
    this.#body(path)(exports, require, handOn, ...values);
    return exports;
  }

  #body(path: string): Body {
    const patches = this.#patches.filter(({ file }) => file === path);
    const key = JSON.stringify([path, this.#isSync, patches]);
    let body = bodies.get(key);
    if (body === undefined) bodies.set(key, (body = compile(path, patches, this.#isSync)));
    return body;
  }
}

/** What becomes of `export *`. */
function handOn(from: object, exports: object): void {
  Object.assign(exports, from);
}

function compile(path: string, patches: readonly Patch[], isSync: boolean): Body {
  let text = javaScriptOf(path);
  for (const { from, to } of patches) {
    const parts = text.split(from);
    if (parts.length !== 2)
      throw new Error(`Expected ${from} once in ${path}, found it ${parts.length - 1} times`);
    text = parts.join(to);
  }
  text += PEEKS[path] ?? "";
  const { outputText } = ts.transpileModule(text.replaceAll(/(?<![\w"'`])#(?=[a-z])/gi, "_$"), {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: isSync ? ts.ScriptTarget.ES2016 : ts.ScriptTarget.ES2022,
      useDefineForClassFields: false,
      esModuleInterop: false,
      noEmitHelpers: true,
      removeComments: true,
    },
  });
  const code = outputText.replaceAll("import.meta.url", JSON.stringify(`file:///${path}`));
  return compileFunction(code, ["exports", "require", "__exportStar", ...GLOBALS], {
    filename: path,
  }) as Body;
}

function javaScriptOf(path: string): string {
  const source = readFileSync(join(lib, path.replace(/\.js$/, ".ts")), "utf8");
  return ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      useDefineForClassFields: false,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  }).outputText;
}

/** A private field or method of an object of a loaded class. */
export function hidden<T>(object: object, name: string): T {
  return (object as Record<string, unknown>)[`_$${name}`] as T;
}
