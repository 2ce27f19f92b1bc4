import { dirname, isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Scripts are known by file URL or by path, modules by URL. Undefined for what is no file. */
export function fileUrlOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (address.startsWith("file:")) return address;
  return isAbsolute(address) ? pathToFileURL(address).href : undefined;
}

export function isOfPackage(address: string): boolean {
  return /[\\/]node_modules[\\/]/.test(address);
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

export function directoryOf(address: string): string {
  return dirname(pathOf(address));
}
