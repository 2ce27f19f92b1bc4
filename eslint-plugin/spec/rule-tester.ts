import * as parser from "@typescript-eslint/parser";
import { RuleTester } from "eslint";
import { describe, it } from "vitest";

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

export const typescript: RuleTester = new RuleTester({ languageOptions: { parser } });
export const javascript: RuleTester = new RuleTester();
export const commonjs: RuleTester = new RuleTester({ languageOptions: { sourceType: "commonjs" } });
