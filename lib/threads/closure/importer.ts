import { constants, Script } from "node:vm";
import { inCommon } from "../../errors/copies.ts";

type Importer = (specifier: unknown, options?: unknown) => Promise<unknown>;

/**
 * `import()` as it behaves in the module at `home`. Node resolves for a script when it is told to, but warns that
 * the way to tell it is experimental: that one warning is none of the program's business.
 */
export function importerFrom(home: string | undefined): Importer {
  const importer = home === undefined ? importHere : importingFrom(home);
  homes.set(importer, { home });
  return importer;
}

/** Where an importer that {@link importerFrom} has made imports from; undefined for what is none. */
export function importerHome(fn: object): { readonly home: string | undefined } | undefined {
  return homes.get(fn);
}

type Homes = WeakMap<object, { readonly home: string | undefined }>;

const homes = /* @__PURE__ */ inCommon<Homes>("importers", () => new WeakMap());

const importHere: Importer = (specifier) => import(String(specifier));

function importingFrom(home: string): Importer {
  let importer: Importer | undefined;
  return (specifier, options) =>
    withoutWarning(() => {
      importer ??= compileImporter(home);
      return importer(absolute(specifier, home), options);
    });
}

/** Some loaders take a script for the module that compiles it. */
function absolute(specifier: unknown, home: string): unknown {
  const isRelative = /^\.{0,2}\//.test(String(specifier)) && URL.canParse(String(specifier), home);
  return isRelative ? new URL(String(specifier), home).href : specifier;
}

function compileImporter(home: string): Importer {
  const source = "(specifier, options) => import(specifier, options)";
  const script = new Script(source, {
    filename: home,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never,
  });
  return script.runInThisContext() as Importer;
}

function withoutWarning<T>(run: () => T): T {
  const original = Object.getOwnPropertyDescriptor(process, "emitWarning");
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (!String(args[0]).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) emit(...args);
  };
  try {
    return run();
  } finally {
    if (original !== undefined) Object.defineProperty(process, "emitWarning", original);
  }
}
