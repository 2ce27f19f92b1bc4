// The configuration of VitePress, copied beside the pages.
import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

const { base, version, description, repository, guides, reference } = JSON.parse(
  readFileSync(new URL("settings.json", import.meta.url), "utf8"),
);

/** As GitHub does, for the links between the guides are read there too. */
function slugify(text) {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}

/** TypeDoc has what is called `skein/testing` inside of `skein`. */
function entriesIn(node) {
  if (!node.path?.endsWith("/index.md")) return [];
  return [node, ...node.children.flatMap(entriesIn)];
}

function nameOf(entry) {
  return entry.path.replace(/\/index\.md$/, "");
}

/**
 * A page of the reference has the entries, the groups of its own entry, and what is in its own group beside it. All of them
 * everywhere would be more than the rest of the page.
 */
function referenceSidebars() {
  const link = (path) => `/reference/${path}`;
  const entries = reference.flatMap(entriesIn);
  const items = entries.map((entry) => ({ text: nameOf(entry), link: link(entry.path) }));
  const sidebars = { "/reference/": [{ text: "Reference", items }] };
  for (const entry of entries) {
    const groups = entry.children.filter(({ path }) => path === undefined);
    const folder = link(entry.path).replace(/index\.md$/, "");
    const shown = (open) => ({
      text: nameOf(entry),
      items: groups.map((group) => {
        const text = group.title;
        if (group !== open) return { text, link: link(group.children[0].path) };
        const items = group.children.map(({ title, path }) => ({ text: title, link: link(path) }));
        return { text, items };
      }),
    });
    sidebars[folder] = [...sidebars["/reference/"], shown()];
    for (const group of groups) {
      const [, part] = /(.*\/)/.exec(link(group.children[0].path));
      sidebars[part] = [...sidebars["/reference/"], shown(group)];
    }
  }
  return sidebars;
}

export default defineConfig({
  base,
  title: "skein",
  description,
  lang: "en",
  metaChunk: true,
  head: [["link", { rel: "icon", href: "data:," }]],
  markdown: { anchor: { slugify } },
  themeConfig: {
    nav: [
      { text: "Guides", link: guides[0].items[0].link },
      { text: "Reference", link: "/reference/" },
      { text: `v${version}`, link: "/changelog" },
    ],
    sidebar: {
      "/": guides,
      ...referenceSidebars(),
    },
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: repository }],
  },
});
