import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeFs } from "../node-fs.ts";
import { Cache } from "./cache.ts";
import { fileUrlOf, isOfPackage, pathOf } from "./home.ts";

/**
 * Where a specifier leads: to Node or an installed package, or else to a module of the program, if it can be told
 * which.
 */
export type Destination =
  | { readonly kind: "package" }
  | { readonly kind: "own"; readonly url: string }
  | { readonly kind: "unknown" };

const PACKAGE: Destination = { kind: "package" };
const UNKNOWN: Destination = { kind: "unknown" };

const known = new Cache<string, Destination>(5_000);

/** @param home - the URL of the module that has the specifier */
export function destinationOf(home: string, specifier: string): Destination {
  return known.get(`${specifier}\n${home}`, () => resolve(home, specifier));
}

function resolve(home: string, specifier: string): Destination {
  if (isBuiltin(specifier)) return PACKAGE;
  const isAddress = /^(\.{0,2}\/|file:|[A-Za-z]:\\)/.test(specifier);
  const path = pathFrom(home);
  if (path === undefined) return isAddress ? UNKNOWN : PACKAGE;
  if (isAddress) {
    const url = fileUrlOf(specifier) ?? relativeUrl(path, specifier);
    const file = url === undefined ? undefined : fileOf(url);
    if (file !== undefined) return own(file);
  }
  const require = createRequire(path);
  try {
    return own(pathToFileURL(require.resolve(specifier)).href);
  } catch (error) {
    // An import may be what `require` may not have.
    if ((error as { code?: unknown }).code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return PACKAGE;
    return !isAddress && isInstalled(require, specifier) ? PACKAGE : UNKNOWN;
  }
}

function own(url: string): Destination {
  return isOfPackage(url) ? PACKAGE : { kind: "own", url };
}

function pathFrom(home: string): string | undefined {
  try {
    return fileURLToPath(home.replace(/[?#].*$/, ""));
  } catch {
    return undefined;
  }
}

function relativeUrl(path: string, specifier: string): string | undefined {
  const base = pathToFileURL(path).href;
  return URL.canParse(specifier, base) ? new URL(specifier, base).href : undefined;
}

/** TypeScript names the file that a compiler would write. */
function fileOf(url: string): string | undefined {
  const written = url.replace(/\.([cm]?)js$/, ".$1ts");
  return [url, written, `${url}.ts`].find((one) => isFile(pathOf(one)));
}

function isFile(path: string): boolean {
  return nodeFs().statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isInstalled(require: NodeJS.Require, specifier: string): boolean {
  const [scope = "", name = ""] = specifier.split("/");
  const folder = scope.startsWith("@") ? join(scope, name) : scope;
  if (scope.startsWith("#")) return false;
  const places = require.resolve.paths(specifier) ?? [];
  return places.some((place) => nodeFs().existsSync(join(place, folder)));
}

/** The name of the package that an address is in. */
export function packageOf(address: string): string | undefined {
  const inside = /[\\/]node_modules[\\/]/.test(address)
    ? address.split(/[\\/]node_modules[\\/]/).at(-1)
    : undefined;
  const [scope, name] = inside?.split(/[\\/]/) ?? [];
  return scope?.startsWith("@") === true ? `${scope}/${name}` : scope;
}

/** The name of the package that a specifier names. */
export function packageNamed(specifier: string): string {
  const [scope = "", name] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}
