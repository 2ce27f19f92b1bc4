import { readFileSync } from "node:fs";

/**
 * The program of a worker, in one text. As a source it is read from where the build puts it; in the package the text
 * stands in place of this file.
 */
export const programText: string = readFileSync(
  new URL("../../../.temp/web-thread.js", import.meta.url),
  "utf8",
);
