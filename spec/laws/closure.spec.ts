import vm from "node:vm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeThrown, encodeThrown } from "../../lib/threads/codec/errors.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";
import { ClosureWorker } from "../support/closure-worker.ts";

let worker: ClosureWorker;
beforeAll(() => {
  worker = new ClosureWorker();
});
afterAll(() => worker.end());

/** Text of an expression over variables, of any shape that scoping can take. */
const names = ["a", "b", "c", "Math", "x"] as const;
const anyName = fc.constantFrom(...names);
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie("expression");
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      anyName,
      fc.constantFrom("1", "'s'", "null", "[]", "typeof x", "typeof absent"),
      fc.tuple(inner, inner).map(([left, right]) => `[${left}, ${right}]`),
      fc
        .tuple(anyName, inner, inner)
        .map(([name, value, body]) => `((${name}) => ${body})(${value})`),
      fc
        .tuple(anyName, inner, inner)
        .map(([name, value, body]) => `((${name} = ${value}) => ${body})()`),
      fc
        .tuple(anyName, inner, inner)
        .map(
          ([name, value, body]) =>
            `(() => { const ${name}0 = ${value}; { let ${name} = ${name}0; return ${body}; } })()`,
        ),
      fc
        .tuple(anyName, inner)
        .map(
          ([name, body]) =>
            `(() => { var r = (() => ${body})(); for (const ${name} of [r]) { var ${name}_ = ${name}; } return [${name}_, ${name}]; })()`,
        ),
      fc
        .tuple(anyName, inner, inner)
        .map(
          ([name, value, body]) =>
            `(() => { try { throw ${value}; } catch (${name}) { return ${body}; } })()`,
        ),
      fc
        .tuple(anyName, inner, inner)
        .map(
          ([name, value, body]) =>
            `(({ k: ${name}, ...rest }) => [${body}, rest])({ k: ${value}, l: 2 })`,
        ),
      fc
        .tuple(anyName, inner)
        .map(([name, body]) => `(function ${name}() { return [typeof ${name}, ${body}]; })()`),
      fc
        .tuple(anyName, inner)
        .map(
          ([name, body]) => `new (class { ${name} = ${body}; m() { return this.${name}; } })().m()`,
        ),
      fc
        .tuple(anyName, inner)
        .map(([name, body]) => `{ ${name}: ${body} }.${name}`)
        .map((text) => `(${text})`),
      fc
        .tuple(anyName, inner)
        .map(
          ([name, body]) => `(() => { ${name}: for (;;) { break ${name}; } return ${body}; })()`,
        ),
    ),
  };
});

const json = fc.jsonValue({ maxDepth: 2 });

/** What the function gives, or the kind of error that it throws. */
async function outcome(run: () => unknown): Promise<unknown> {
  try {
    return { result: await run() };
  } catch (error) {
    return { thrown: (error as Error).name };
  }
}

/** On a machine that does much else. */
const patience = { timeout: 60_000 };

describe("shipFunction", () => {
  it("gives a function that does what the function itself does", patience, async () => {
    await fc.assert(
      fc.asyncProperty(expression, json, json, json, async (text, a, b, x) => {
        const make = vm.runInThisContext(
          `(function (a, b, c) {
            "use strict";
            const pair = (y) => [y, a];
            const show = (v) => typeof v === "function" ? "function"
              : Array.isArray(v) ? v.map(show)
              : v && typeof v === "object" ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, show(w)])) : v;
            return (x) => show([${text}, pair(x)]);
          })`,
        ) as (...captured: unknown[]) => (x: unknown) => unknown;
        const fn = make(a, b, { a });
        expect(await outcome(() => worker.run(fn, x))).toEqual(await outcome(() => fn(x)));
      }),
      { numRuns: 120 },
    );
  });
});

describe("encodeValue", () => {
  const value = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const sent = (given: unknown): unknown =>
    decodeValue(structuredClone(encodeValue(given, "args")));

  it("carries data unchanged", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(sent(given)).toStrictEqual(given);
      }),
    );
  });

  it("carries data unchanged beside what needs encoding", () => {
    fc.assert(
      fc.property(value, (given) => {
        const special = { given, symbol: Symbol.for("s"), buffer: Buffer.from("b") };
        expect(sent(special)).toStrictEqual(special);
      }),
    );
  });

  it("carries whatever is thrown", () => {
    fc.assert(
      fc.property(value, fc.string(), (own, message) => {
        const thrown = Object.assign(new TypeError(message), { own });
        const received = decodeThrown(structuredClone(encodeThrown(thrown)));
        expect(received).toStrictEqual(thrown);
        expect(received).toHaveProperty("own", own);
        expect(decodeThrown(structuredClone(encodeThrown(own)))).toStrictEqual(own);
      }),
    );
  });
});
