import { describe, expect, it } from "vitest";
import { readBindings } from "../../lib/threads/closure/bindings.ts";

/** `local <- specifier.names`, with `!` for what a helper wraps. */
function importsIn(text: string): readonly string[] {
  return [...readBindings(text).imports].flatMap(([local, bindings]) =>
    bindings.map(({ specifier, names, isWrapped, how, type }) =>
      [local, "<-", how, [specifier, ...names].join(" "), isWrapped ? "!" : "", type ?? ""]
        .join(" ")
        .trim()
        .replace(/ +/g, " "),
    ),
  );
}

describe("readBindings", () => {
  it.each([
    [`import a from "m";`, ["a <- import m default"]],
    [`import { a, b as c } from 'm'`, ["a <- import m a", "c <- import m b"]],
    [`import a, { b } from "m"`, ["a <- import m default", "b <- import m b"]],
    [`import a, * as b from "m"`, ["a <- import m default", "b <- import m"]],
    [`import{a as b}from"x";import*as R from"y";`, ["b <- import x a", "R <- import y"]],
    [`import { a, // one\n /* two */ b } from "m"`, ["a <- import m a", "b <- import m b"]],
    [`import { "a-b" as c } from "m"`, ["c <- import m a-b"]],
    [`import d from "./d.json" with { type: "json" }`, ["d <- import ./d.json default json"]],
    [`import type A from "m"; import type { B } from "m"; import { type C } from "m"`, []],
    [`import type from "m"`, ["type <- import m default"]],
    [`import "side"`, []],
    [
      `const a = require("m"), { b, c: d } = require('n');`,
      ["a <- require m", "b <- require n b", "d <- require n c"],
    ],
    [`import a = require("m")`, ["a <- require m"]],
    [`const a = require("m").b.c;`, ["a <- require m b c"]],
    [`const a = require("m")(); const b = require("m").c(); const d = require("m") || 1;`, []],
    [`const a = promisify(require("m"));`, []],
    [`var a_1 = __importDefault(require("m"));`, ["a_1 <- require m !"]],
    [`var a = /*#__PURE__*/ __toESM(require("m"), 1);`, ["a <- require m !"]],
    [`const a = tslib_1.__importStar(require("m"))`, ["a <- require m !"]],
    [
      `const { a } = await import("m"); const b = (await import("n")).c;`,
      ["a <- import m a", "b <- import n c"],
    ],
    [`// import { a } from "m"\n/* const b = require("n") */`, []],
  ])("reads %j", (text, expected) => {
    expect(importsIn(text)).toEqual(expected);
  });

  it("reads what is handed on", () => {
    const { reexports, stars, exports } = readBindings(
      `export { a, b as c } from "m"; export * from "s"; export * as n from "o"; const q = 1; export { q as r };
       export function f() {} export default class G {} export type { T } from "t";`,
    );
    expect([...reexports].map(([name, to]) => [name, to.specifier, ...to.names])).toEqual([
      ["a", "m", "a"],
      ["c", "m", "b"],
      ["n", "o"],
    ]);
    expect(stars.map(({ specifier }) => specifier)).toEqual(["s"]);
    expect([...exports]).toEqual([
      ["r", "q"],
      ["f", "f"],
      ["default", "G"],
    ]);
  });
});
