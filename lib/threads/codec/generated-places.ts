import { findSourceMap } from "node:module";

/** Before the address of a script whose places are not those of the file. */
const MARK = "skein:";

/**
 * The name of a script in a thread that has a part of what this thread runs as `address`. Where a loader has written
 * other code than the file has, its source map is in this thread only, so that the places in a stack have to be
 * translated here.
 */
export function scriptName(address: string): string {
  return findSourceMap(address) === undefined ? address : markGenerated(address);
}

export function markGenerated(address: string): string {
  return address.startsWith(MARK) ? address : MARK + address;
}

/** A stack from a thread with the places of the files that people have written. */
export function originalPlaces(stack: string): string {
  if (!stack.includes(MARK)) return stack;
  return stack.replace(
    /skein:((?:file:\/\/|\/|[A-Z]:\\)[^()\n]*?):(\d+):(\d+)/g,
    (_, address: string, line: string, column: string) =>
      originalPlace(address, Number(line), Number(column)),
  );
}

function originalPlace(address: string, line: number, column: number): string {
  const entry = findSourceMap(address)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalLine" in entry)) return `${address}:${line}:${column}`;
  const { originalSource, originalLine, originalColumn } = entry;
  return `${originalSource}:${originalLine + 1}:${originalColumn + 1}`;
}
