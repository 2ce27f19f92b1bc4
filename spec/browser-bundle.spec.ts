import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const entries = ["index", "ambient", "testing", "worker"];

describe("the package", () => {
  it.each(entries)("asks for nothing of Node in a bundle for browsers: %s", async (entry) => {
    const { text, imports } = await bundled(entry, "browser");
    expect(imports).toEqual([]);
    expect(text).not.toMatch(/["'`]node:\w/);
    expect(text).not.toMatch(/\bfrom\s*["']#/);
  });

  it("has Node's own modules in a bundle for Node", async () => {
    const { imports } = await bundled("index", "node");
    expect(imports).toEqual(expect.arrayContaining(["node:async_hooks", "node:module"]));
  });
});

/** The comments are left out, since they may speak of anything. */
async function bundled(
  entry: string,
  platform: "browser" | "node",
): Promise<{ text: string; imports: string[] }> {
  const bundle = await rolldown({ input: `${dist}${entry}.js`, platform, external: /^node:/ });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  const [{ code, imports }] = output;
  return { text: code, imports };
}
