/** What a function or a class has become since its text was evaluated goes along, or is refused by name. */
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ShipError } from "../../lib/errors.ts";
import { ClosureWorker } from "../support/closure-worker.ts";

type AnyFunction = (...args: never[]) => unknown;

let worker: ClosureWorker;
beforeAll(() => {
  worker = new ClosureWorker();
});
afterAll(() => worker.end());

/** Code as it is without what the tools of these specs make of it. */
function evaluated(code: string): AnyFunction {
  return vm.runInThisContext(`(() => { ${code} })()`) as AnyFunction;
}

describe("a class that is captured", () => {
  it.each([
    ["a static field that was changed", "class A { static n = 0; } A.n = 5; return () => A.n;", 5],
    [
      "a static counter",
      "class A { static n = 0; static inc() { return ++A.n; } } A.inc(); return () => A.inc();",
      2,
    ],
    [
      "what a static block made",
      "class A { static { this.a = 1; } } A.a = 2; return () => A.a;",
      2,
    ],
    ["a static that its text does not have", "class A {} A.b = [1]; return () => A.b;", [1]],
    ["an object that was changed", "class A { static c = {}; } A.c.x = 1; return () => A.c.x;", 1],
    [
      "a base class whose variable has another value by now",
      "let B = class { who() { return 1; } }; class A extends B { m() { return [new B().who(), this.who()]; } } B = class { who() { return 2; } }; return () => new A().m();",
      [2, 1],
    ],
    [
      "a private constant",
      "class A { static #k = 3; static k() { return A.#k; } } return () => A.k();",
      3,
    ],
    [
      "well-known symbols",
      "class A { *[Symbol.iterator]() { yield 1; } } return () => [...new A()];",
      [1],
    ],
  ])("takes along %s", async (_, code, expected) => {
    expect(await worker.run(evaluated(code) as () => unknown)).toEqual(expected);
  });

  it.each([
    [
      "hidden state",
      "class A { static #n = 1; static next() { return A.#n++; } } return () => A.next();",
      /private static field `#n`/,
    ],
    [
      "a hidden object",
      "class A { static #m = new Map(); static m() { return A.#m.size; } } return () => A.m();",
      /private static field `#m`/,
    ],
    [
      "a method that was replaced",
      "class A { m() { return 1; } } A.prototype.m = () => 2; return () => new A().m();",
      /members of its prototype were changed.*`m`/,
    ],
    [
      "a method that was added",
      "class A {} A.prototype.m = () => 2; return () => new A().m();",
      /`m`/,
    ],
    [
      "a method that was removed",
      "class A { m() {} } delete A.prototype.m; return () => typeof new A().m;",
      /members of its prototype/,
    ],
    [
      "an accessor that was added",
      "class A {} Object.defineProperty(A.prototype, 'x', { get() { return 3; } }); return () => new A().x;",
      /`x`/,
    ],
    [
      "a symbol that was added",
      "class A {} A.prototype[Symbol.iterator] = function* () {}; return () => [...new A()];",
      /Symbol\.iterator/,
    ],
    [
      "another prototype behind it",
      "class A {} Object.setPrototypeOf(A.prototype, { hi: () => 1 }); return () => new A().hi();",
      /inherits from something else/,
    ],
    [
      "a static accessor of its own",
      "class A {} Object.defineProperty(A, 'x', { get: () => 1, enumerable: true }); return () => A.x;",
      /`x` is an accessor/,
    ],
    [
      "a name that had to be computed",
      "const k = 'a'; class A { [k]() { return 1; } } return () => new A().a();",
      /`k`|\[k\]/,
    ],
    [
      "an instance that it holds",
      "class A { static one = new A(); } return () => A.one;",
      /`one` is an instance of A/,
    ],
  ])("is refused for %s", (_, code, says) => {
    return expect(worker.run(evaluated(code))).rejects.toThrow(says);
  });
});

describe("a function that is captured", () => {
  it.each([
    [
      "methods on its prototype",
      "function F() {} F.prototype.m = () => 1; return () => new F().m();",
      /prototype/,
    ],
    [
      "a symbol on its prototype",
      "function F() {} F.prototype[Symbol.iterator] = function* () {}; return () => [...new F()];",
      /prototype/,
    ],
    [
      "a prototype that inherits",
      "function B() {} B.prototype.hi = () => 1; function F() {} F.prototype = Object.create(B.prototype); return () => typeof new F().hi;",
      /prototype/,
    ],
    [
      "another prototype of its own",
      "function F() {} Object.setPrototypeOf(F, { hi: () => 1 }); return () => typeof F.hi;",
      /inherits from something else/,
    ],
    [
      "a property with a symbol",
      "const f = Object.assign(() => 1, { [Symbol.for('x')]: 3 }); return () => f[Symbol.for('x')];",
      /Symbol\(x\)/,
    ],
    [
      "a property that does not show",
      "const f = () => 1; Object.defineProperty(f, 'hidden', { value: 2 }); return () => f.hidden;",
      /`hidden` is not enumerable/,
    ],
    [
      "an accessor",
      "const f = () => 1; Object.defineProperty(f, 'x', { get: () => 2, enumerable: true }); return () => f.x;",
      /`x` is an accessor/,
    ],
    [
      "another `length`",
      "const f = (a, b) => 1; Object.defineProperty(f, 'length', { value: 7 }); return () => f.length;",
      /`length` was changed/,
    ],
  ])("is refused for %s", async (_, code, says) => {
    const failure = await worker.run(evaluated(code)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ShipError);
    expect((failure as Error).message).toMatch(says);
  });

  it("has the properties that it has at the call, also those that came after the first one", async () => {
    function f(): unknown {
      return (f as { limit?: number }).limit;
    }
    expect(await worker.run(f)).toBeUndefined();
    (f as { limit?: number }).limit = 5;
    expect(await worker.run(f)).toBe(5);
  });

  it("keeps nothing of what one call leaves on it for the next one", async () => {
    const log = evaluated(
      "const log = (who) => { log.seen ??= []; log.seen.push(who); return log.seen; }; return log;",
    );
    const call = (who: string): unknown => (log as (who: string) => unknown)(who);
    expect(await worker.run(call, "alice")).toEqual(["alice"]);
    expect(await worker.run(call, "bob")).toEqual(["bob"]);
    function counter(): number {
      const own = counter as { n?: number };
      return (own.n = (own.n ?? 0) + 1);
    }
    expect(await worker.run(counter)).toBe(1);
    expect(await worker.run(counter)).toBe(1);
  });

  it("sees a global that came after the first call, and what a test has put in place of one", async () => {
    const globals = globalThis as { later?: number; fetch: unknown };
    const ask = evaluated("return () => typeof later === 'undefined' ? 'none' : later");
    expect(await worker.run(ask)).toBe("none");
    globals.later = 1;
    expect(await worker.run(ask)).toBe(1);
    delete globals.later;
    expect(await worker.run(ask)).toBe("none");
    const real = globals.fetch;
    const get = evaluated("return () => fetch('https://example.org')");
    globals.fetch = evaluated("return () => 'not the real one'");
    try {
      expect(await worker.run(get)).toBe("not the real one");
    } finally {
      globals.fetch = real;
    }
  });
});

describe("an object that is captured", () => {
  it("is one object for who calls its functions and for who writes to it", async () => {
    const hooks = { on: (): string => "old" };
    const install = (): void => {
      hooks.on = (): string => "new";
    };
    expect(await worker.run(() => [hooks.on(), (install(), hooks.on())])).toEqual(["old", "new"]);
  });

  it("is refused when it is the namespace of a compiled module that changes it, for its mark would be lost", async () => {
    const compiled = evaluated(
      `const exports = {}; Object.defineProperty(exports, "__esModule", { value: true });
       exports.count = 0; exports.inc = inc; function inc() { exports.count++; } return exports;`,
    ) as unknown as { count: number; inc(): void };
    const use = (): number => {
      compiled.inc();
      return compiled.count;
    };
    await expect(worker.run(use)).rejects.toThrow(/`exports` .*__esModule|__esModule/);
  });
});
