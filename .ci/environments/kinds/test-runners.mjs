import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The program as the only test of a file. */
const asTest = (head, how) => (text) => {
  const test = text.replace(
    "void main();",
    `${how}("all checks", async () => {\n  await main();\n}, 120_000);`,
  );
  return `${head}\n${test}`;
};

const vitest = (pool) => ({
  nodes: ["20.19.0", "24"],
  tool: "vitest",
  prepare: ({ program, out, bin, rename }) => {
    rename(program(out, "mjs", asTest('import { test } from "vitest";', "test")), "app.test.mjs");
    return [bin("vitest", "vitest.mjs"), "run", "--root", out, "--pool", pool];
  },
});

const jest = (kind, flags) => ({
  nodes: ["20.19.0", "24"],
  tool: "jest",
  prepare: ({ program, out, bin, rename }) => {
    const head = kind === "mjs" ? 'import { test } from "@jest/globals";' : "";
    rename(program(out, kind, asTest(head, "test")), `app.test.${kind}`);
    const config = {
      rootDir: out,
      testMatch: ["**/*.test.*"],
      transform: {},
      moduleFileExtensions: ["js", "mjs", "cjs", "json"],
    };
    writeFileSync(join(out, "jest.config.json"), JSON.stringify(config));
    return [...flags, bin("jest", "bin/jest.js"), "--config", join(out, "jest.config.json")];
  },
});

/** Code that is run by what others test with. */
export const testRunners = {
  "vitest, forks": vitest("forks"),
  "vitest, threads": vitest("threads"),
  "vitest, vmThreads": vitest("vmThreads"),
  "vitest, vmForks": vitest("vmForks"),
  "jest, modules": jest("mjs", ["--experimental-vm-modules"]),
  // Below Node 24.9 jest cannot `require` a module, which this library is, without a transform.
  "jest, CommonJS": { ...jest("cjs", ["--experimental-vm-modules"]), nodes: ["24"] },
  mocha: {
    nodes: ["20.19.0", "24"],
    tool: "mocha",
    prepare: ({ program, out, bin }) => {
      const test = (text) =>
        text.replace("void main();", 'it("all checks", main).timeout(120_000);');
      return [bin("mocha", "bin/mocha.js"), program(out, "mjs", test)];
    },
  },
  ava: {
    nodes: ["20.19.0", "24"],
    tool: "ava",
    prepare: ({ program, out, bin, rename }) => {
      const test = (text) =>
        `import test from "ava";\n${text.replace("void main();", 'test("all checks", async (t) => { await main(); t.pass(); });')}`;
      rename(program(out, "mjs", test), "app.test.mjs");
      writeFileSync(
        join(out, "package.json"),
        '{ "type": "module", "ava": { "files": ["app.test.mjs"], "timeout": "2m" } }',
      );
      return [bin("ava", "entrypoints/cli.mjs")];
    },
  },
  "node:test, with coverage": {
    nodes: ["20.19.0", "22", "24", "26"],
    prepare: ({ program, out, rename }) => {
      const test = (text) =>
        `import { test } from "node:test";\n${text.replace("void main();", 'test("all checks", main);')}`;
      return [
        "--test",
        "--experimental-test-coverage",
        rename(program(out, "mjs", test), "app.test.mjs"),
      ];
    },
  },
  c8: {
    nodes: ["20.19.0", "24"],
    tool: "c8",
    prepare: ({ program, out, bin }) => [bin("c8", "bin/c8.js"), "node", program(out, "mjs")],
  },
};
