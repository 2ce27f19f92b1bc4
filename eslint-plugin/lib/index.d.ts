import type { ESLint, Linter } from "eslint";

declare const plugin: ESLint.Plugin & {
  configs: {
    /** Every rule, as an error. */
    recommended: Linter.Config;
  };
};
export default plugin;
