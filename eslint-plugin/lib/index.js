import { readFileSync } from "node:fs";
import noFloatingGroup from "./rules/no-floating-group.js";
import noOuterScope from "./rules/no-outer-scope.js";
import noSwallowedCancellation from "./rules/no-swallowed-cancellation.js";
import passScope from "./rules/pass-scope.js";
import shieldCleanup from "./rules/shield-cleanup.js";

const { name, version } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

const rules = {
  "no-floating-group": noFloatingGroup,
  "no-outer-scope": noOuterScope,
  "no-swallowed-cancellation": noSwallowedCancellation,
  "pass-scope": passScope,
  "shield-cleanup": shieldCleanup,
};

const plugin = {
  meta: { name, version, namespace: "skein" },
  rules,
  configs: {
    recommended: {
      name: "skein/recommended",
      plugins: {
        /** @returns {object} */
        get skein() {
          return plugin;
        },
      },
      rules: Object.fromEntries(Object.keys(rules).map((rule) => [`skein/${rule}`, "error"])),
    },
  },
};

export default plugin;
