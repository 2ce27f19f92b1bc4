import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Scripts are known by file URL or by path, modules by URL. Undefined for what is no file. */
export function fileUrlOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (address.startsWith("file:")) return address;
  return isAbsolute(address) ? pathToFileURL(address).href : undefined;
}

/** Undefined in a bundle for CommonJS. */
const here: string | undefined = import.meta.url;
/** Where this package is when it runs as built; its sources, run as they are, cannot be imported in a worker. */
const ownRoot = here?.endsWith(".js") === true ? new URL("../../", here).href : undefined;

export function isOfPackage(address: string): boolean {
  if (/[\\/]node_modules[\\/]/.test(address)) return true;
  return ownRoot !== undefined && fileUrlOf(address)?.startsWith(ownRoot) === true;
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
