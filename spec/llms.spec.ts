import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

/** What README.md lists at its end, each guide that the package carries with its first sentence and what its sections are about. */
function guide(readme: string): string {
  const { description } = JSON.parse(read("package.json")) as { description: string };
  const [, more = ""] = readme.split(/^## More$/m);
  const lines = more.split("\n").flatMap((line) => {
    if (line.startsWith("### ")) return ["", line.slice(1), ""];
    const [, title, path] = /^- \[(.+)\]\(((?:docs\/|SECURITY)[^)]*)\)/.exec(line) ?? [];
    return title === undefined || path === undefined
      ? []
      : [`- [${title}](${path}): ${summary(path)}`];
  });
  return `# skein\n\n> ${description}\n${lines.join("\n")}\n`;
}

function summary(path: string): string {
  const text = read(path).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
  const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  return `${firstSentence(text)} Sections: ${sections.join("; ")}.`;
}

/** Of the first paragraph that is no heading, list or table. */
function firstSentence(text: string): string {
  const paragraph = text.split(/\n{2,}/).find((part) => /^[\w`]/.test(part)) ?? "";
  const words = paragraph.replaceAll("\n", " ").replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1");
  return /^.*?\.(?= |$)/.exec(words)?.[0] ?? words.replace(/:$/, ".");
}

describe("llms.txt", () => {
  it("is made of what the guides say of themselves", async () => {
    await expect(guide(read("README.md"))).toMatchFileSnapshot("../llms.txt");
  });

  it("is what the package carries, beside the guides", () => {
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    expect(files).toEqual(expect.arrayContaining(["docs/*.md", "llms.txt", "SECURITY.md"]));
  });
});
