// Links between the pages that were built: the file is there, and so is the place in it.
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";

/** @returns the paths of all pages, such as `threads.html` */
export function pagesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".html"))
    .map((path) => path.replaceAll("\\", "/"));
}

/** @returns what leads nowhere, in words */
export function brokenLinks(folder, base) {
  const texts = new Map(
    pagesOf(folder).map((page) => [page, readFileSync(join(folder, page), "utf8")]),
  );
  const places = new Map(
    [...texts].map(([page, html]) => [
      page,
      new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  const broken = [];
  let followed = 0;
  for (const [page, html] of texts) {
    for (const [, href] of html.matchAll(/<a [^>]*?href="([^"]*)"/g)) {
      if (/^\w+:/.test(href)) continue;
      followed++;
      const [path, hash] = targetOf(href, page, base);
      const ids = places.get(path);
      if (ids === undefined) broken.push(`${page} leads to ${href}: no such page`);
      else if (hash !== "" && !ids.has(hash))
        broken.push(`${page} leads to ${href}: no such place`);
    }
  }
  if (followed === 0) broken.push(`${folder} has no links`);
  return [...new Set(broken)];
}

function targetOf(href, page, base) {
  const [path, hash = ""] = href.replaceAll("&amp;", "&").split("#");
  return [file(path, page, base), decodeURIComponent(hash)];
}

function file(path, page, base) {
  if (path === "") return page;
  const inside = path.startsWith(base)
    ? path.slice(base.length)
    : posix.normalize(posix.join(posix.dirname(page), path));
  if (inside === "" || inside.endsWith("/")) return `${inside}index.html`;
  return inside.endsWith(".html") ? inside : `${inside}.html`;
}
