import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, version } from "./places.mjs";

const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
export const repositoryUrl = repository.url.replaceAll(/^git\+|\.git$/g, "");

/** @param kind - `blob` for a file, `tree` for a folder */
export function sourceUrl(kind, path) {
  return `${repositoryUrl}/${kind}/v${version}/${path}`;
}
