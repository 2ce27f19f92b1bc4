import { readFileSync } from "node:fs";
import { pathOf } from "./home.ts";

/** A program has so many modules at most; tools that write files without end should not fill the memory. */
const MOST_CACHED = 1_000;

const texts = new Map<string, string>();

/** The text of a module's file; empty for code that is in no file. */
export function textOfModule(address: string): string {
  let text = texts.get(address);
  if (text === undefined) {
    if (texts.size >= MOST_CACHED) texts.clear();
    texts.set(address, (text = readText(address)));
  }
  return text;
}

const lines = new Map<string, readonly string[]>();

export function linesOfModule(address: string): readonly string[] {
  let found = lines.get(address);
  if (found === undefined) {
    if (lines.size >= MOST_CACHED) lines.clear();
    lines.set(address, (found = textOfModule(address).split("\n")));
  }
  return found;
}

function readText(address: string): string {
  // `node --eval`
  if (address.includes("[eval")) return (process as { _eval?: string })._eval ?? "";
  try {
    return readFileSync(pathOf(address), "utf8");
  } catch {
    return "";
  }
}
