const FROM = "../../spec/support/differential/modules/";

/** Each writes an import, as a module writes it that has the names of its own choice for what it imports. */
export function imported(author, isModule) {
  const name = author.fresh();
  const [uses, inModule, inCommonJs, reason] = author.choices.of(...IMPORTS);
  author.declare(name, ...uses.map((use) => use.replaceAll("N", name)));
  if (reason !== undefined) author.reasons.add(reason);
  const text = isModule ? inModule : inCommonJs;
  return text.replaceAll("N", name).replaceAll("./", FROM);
}

const IMPORTS = [
  [
    ["N(1)", "N.name"],
    'import { triple as N } from "./helpers.mjs";',
    'const { triple: N } = require("./helpers.mjs");',
  ],
  [
    ["N(1)", "N.name"],
    'import N from "./helpers.mjs";',
    'const N = require("./helpers.mjs").default;',
  ],
  [
    [
      "N.triple(1)",
      "N.default(2)",
      "N.config.deep",
      "N.renamed(1)",
      "N.more.dashed(1)",
      "N.isEven(3)",
    ],
    'import * as N from "./helpers.mjs";',
    'const N = require("./helpers.mjs");',
    "namespace",
  ],
  [
    ["N.of(3).cents", "new N(4).cents"],
    'import { Money as N } from "./helpers.mjs";',
    'const { Money: N } = require("./helpers.mjs");',
  ],
  [
    ["N.deep.list", "show(N)", "N.name"],
    'import { config as N } from "./helpers.mjs";',
    'const { config: N } = require("./helpers.mjs");',
  ],
  [
    ['N.get("key")', "N.size"],
    'import { registry as N } from "./helpers.mjs";',
    'const { registry: N } = require("./helpers.mjs");',
  ],
  [
    ["N.cents"],
    'import { fixed as N } from "./helpers.mjs";',
    'const { fixed: N } = require("./helpers.mjs");',
    "assigning module",
  ],
  [
    ["N(1)"],
    'import { renamed as N } from "./helpers.mjs";',
    'const { renamed: N } = require("./helpers.mjs");',
  ],
  [
    ["N.dashed(1)", "N.secret.value", "N.level"],
    'import { more as N } from "./helpers.mjs";',
    'const { more: N } = require("./helpers.mjs");',
    "namespace",
  ],
  [
    ["N(4)"],
    'import { isEven as N } from "./helpers.mjs";',
    'const { isEven: N } = require("./circle-a.mjs");',
  ],
  [
    ["N"],
    'import { level as N } from "./more.mjs";',
    'const { level: N } = require("./more.mjs");',
  ],
  [
    ["N()"],
    'import { step as N } from "./helpers.mjs";',
    'const { step: N } = require("./helpers.mjs");',
    "assigned",
  ],
  [
    ["N(1)", "N.double(2)", "N.extra"],
    'import N from "./legacy.cjs";',
    'const N = require("./legacy.cjs");',
  ],
  [
    ["N(1)"],
    'import { legacy as N } from "./helpers.mjs";',
    'const N = require("./legacy.cjs").double;',
  ],
  [
    ["N.plain(1)", "N.default(2)", "typeof N"],
    'import N from "./transpiled.cjs";',
    'const N = require("./transpiled.cjs");',
  ],
  [
    ["N(1)"],
    'import { plain as N } from "./transpiled.cjs";',
    'const { plain: N } = require("./transpiled.cjs");',
  ],
  [
    ["N.list", "N.text", "show(N)"],
    'import N from "./data.json" with { type: "json" };',
    'const N = require("./data.json");',
  ],
  [
    ['N("a", "b")', "N.name"],
    'import { join as N } from "node:path";',
    'const { join: N } = require("node:path");',
  ],
  [
    ['N.join("a", "b")', "N.sep", "N.posix.sep"],
    'import N from "node:path";',
    'const N = require("path");',
  ],
  [
    ['N.join("a", "b")', "N.default?.sep", "typeof N"],
    'import * as N from "node:path";',
    'const N = require("node:path");',
  ],
  [["N"], 'import { sep as N } from "node:path";', 'const { sep: N } = require("node:path");'],
  [
    ['N.parse("1 + 1", { ecmaVersion: 2020 }).type', "typeof N.Parser"],
    'import * as N from "acorn";',
    'const N = require("acorn");',
  ],
  [
    ['N("x", { ecmaVersion: 2020 }).body.length'],
    'import { parse as N } from "acorn";',
    'const { parse: N } = require("acorn");',
  ],
  [["typeof N(2)"], 'import N from "p-limit";', 'const { default: N } = require("p-limit");'],
  [
    ['N("md5").update("x").digest("hex")'],
    'import { createHash as N } from "crypto";',
    'const { createHash: N } = require("crypto");',
  ],
  [["typeof new N().on"], 'import N from "node:events";', 'const N = require("node:events");'],
  [
    ['N.join("a")'],
    'import { createRequire as make_N } from "node:module"; const N = make_N(import.meta.url)("node:path");',
    'const N = require("node:path").posix;',
  ],
  [["N.readFileSync.name"], 'import N from "node:fs";', 'const N = require("node:fs");'],
];
