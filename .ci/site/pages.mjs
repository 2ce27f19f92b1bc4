// The documents as pages of the site: a link from one to another leads to its page, a link to any other file to the repository.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { posix } from "node:path";
import { root } from "./places.mjs";
import { sourceUrl } from "./source-url.mjs";

const FENCE = /^( *)```[\s\S]*?^\1```$/gm;
const LINK = /(\]\()([^)\s#]+)(#[^)\s]*)?(\))/g;
/** A picture that is chosen by the colours of the reader stands in HTML. */
const PICTURE = /(\b(?:src|srcset)=")([^"]+\.(?:svg|png))()(")/g;

/**
 * Writes all pages, and gives the groups of the sidebar: the lists of README.md, under the headings of its last section.
 * Every guide has to be in one of them.
 */
export function writePages(folder) {
  const documents = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    ...readdirSync(join(root, "docs"))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${file}`),
  ];
  const pages = new Map(documents.map((document) => [document, pageOf(document)]));
  for (const [document, page] of pages) {
    const text = readFileSync(join(root, document), "utf8");
    writeFileSync(join(folder, page), rewritten(text, document, pages, folder));
  }
  const groups = groupsOf(readFileSync(join(root, "README.md"), "utf8"));
  const listed = new Set(groups.flatMap(({ items }) => items.map(({ document }) => document)));
  const missing = documents.filter((name) => name.startsWith("docs/") && !listed.has(name));
  if (missing.length > 0) throw new Error(`README.md lists no ${missing.join(", ")}`);
  return groups.map(({ text, items }) => ({
    text,
    items: items
      .filter(({ document }) => pages.has(document))
      .map((item) => ({ text: item.text, link: `/${pages.get(item.document)}` })),
  }));
}

function pageOf(document) {
  if (document === "README.md") return "index.md";
  return posix.basename(document).toLowerCase();
}

function rewritten(text, document, pages, folder) {
  const link = (all, open, target, hash = "", close) => {
    if (/^\w+:/.test(target)) return all;
    const path = posix.normalize(posix.join(posix.dirname(document), target));
    const page = pages.get(path);
    if (page !== undefined) return `${open}./${page}${hash}${close}`;
    if (!existsSync(join(root, path)))
      throw new Error(`${document} links to ${target}: no such file`);
    if (/\.(svg|png)$/.test(path)) return `${open}./${image(path, folder)}${close}`;
    const kind = statSync(join(root, path)).isDirectory() ? "tree" : "blob";
    return `${open}${sourceUrl(kind, path)}${hash}${close}`;
  };
  const linked = (part) => part.replaceAll(LINK, link).replaceAll(PICTURE, link);
  let last = 0;
  let result = "";
  for (const fence of text.matchAll(FENCE)) {
    result += linked(text.slice(last, fence.index)) + fence[0];
    last = fence.index + fence[0].length;
  }
  return result + linked(text.slice(last));
}

function image(path, folder) {
  const name = relative("docs", path);
  mkdirSync(join(folder, dirname(name)), { recursive: true });
  copyFileSync(join(root, path), join(folder, name));
  return name;
}

function groupsOf(readme) {
  const [, more = ""] = readme.split(/^## More$/m);
  return more
    .split(/^### /m)
    .slice(1)
    .map((part) => ({
      text: part.slice(0, part.indexOf("\n")),
      items: [...part.matchAll(/^- \[(.+?)\]\((.+?)\)/gm)].map(([, text, document]) => ({
        text: text.replaceAll("`", ""),
        document,
      })),
    }));
}
