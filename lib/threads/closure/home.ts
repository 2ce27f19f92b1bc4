import { dirname, isAbsolute, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nodeFs } from "../node-fs.ts";

/** Scripts are known by file URL or by path, modules by URL. Undefined for what is no file. */
export function fileUrlOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (address.startsWith("file:")) return address;
  return isAbsolute(address) ? pathToFileURL(address).href : undefined;
}

/** The folder of this package's built files; undefined if they are part of a bundle, or run as sources. */
let ownFolder: { readonly url: string | undefined } | undefined;

function findOwnFolder(): string | undefined {
  const here: string | undefined = import.meta.url;
  if (here?.startsWith("file:") !== true || !here.endsWith(".js")) return undefined;
  const folder = dirname(fileURLToPath(here));
  try {
    const { name } = JSON.parse(nodeFs().readFileSync(join(folder, "../package.json"), "utf8"));
    return name === "skein" ? pathToFileURL(folder + sep).href : undefined;
  } catch {
    return undefined;
  }
}

export function isOfPackage(address: string): boolean {
  if (/[\\/]node_modules[\\/]/.test(address)) return true;
  const { url } = (ownFolder ??= { url: findOwnFolder() });
  return url !== undefined && fileUrlOf(address)?.startsWith(url) === true;
}

export function isOfNode(address: string): boolean {
  return address.startsWith("node:");
}

/** The path without what loaders append to addresses (`?namespace=…`). */
export function pathOf(address: string): string {
  return address.startsWith("file:")
    ? fileURLToPath(new URL(address.replace(/[?#].*$/, "")))
    : address;
}
