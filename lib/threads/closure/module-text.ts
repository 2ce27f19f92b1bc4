import { nodeFs } from "../node-fs.ts";
import { Cache } from "./cache.ts";
import { pathOf } from "./home.ts";

const texts = new Cache<string, string>(1_000);
const lines = new Cache<string, readonly string[]>(1_000);

/** The text of a module's file; empty for code that is in no file. */
export function textOfModule(address: string): string {
  return texts.get(address, () => readText(address));
}

export function linesOfModule(address: string): readonly string[] {
  return lines.get(address, () => textOfModule(address).split("\n"));
}

function readText(address: string): string {
  // `node --eval`
  if (address.includes("[eval")) return (process as { _eval?: string })._eval ?? "";
  try {
    return nodeFs().readFileSync(pathOf(address), "utf8");
  } catch {
    return "";
  }
}
