import { readFileSync } from "node:fs";

/**
 * The page, in one text. As a source it is read from where the build puts it; in the package the text stands in place
 * of this file.
 */
export const pageText: string = readFileSync(
  new URL("../../../.temp/page.html", import.meta.url),
  "utf8",
);
