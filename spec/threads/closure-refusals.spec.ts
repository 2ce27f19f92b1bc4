import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { ShipError } from "../../lib/errors.ts";
import { shipFunction } from "../../lib/threads/closure/ship.ts";

type AnyFunction = (...args: never[]) => unknown;

declare const neverDeclared: unknown;

let counter = 0;
const state = { n: 0 };
const local = Symbol("local");
const weak = new WeakMap();
class Owner {}
class Account extends Owner {
  #balance = 1;
  read(): number {
    return this.#balance;
  }
  arrow(): AnyFunction {
    return () => this;
  }
  parent(): AnyFunction {
    return () => super.hasOwnProperty("x");
  }
  peek(): AnyFunction {
    return (other: Account) => other.#balance;
  }
}
const account = new Account();
function caller(): AnyFunction {
  // oxlint-disable-next-line prefer-rest-params
  return () => arguments.length;
}
function Made(this: unknown): AnyFunction {
  return () => new.target;
}
function helperThatWrites(): void {
  counter++;
}
const scoping = vm.runInThisContext("(x) => { with (x) { return y } }") as AnyFunction;
const selfReplacing = vm.runInThisContext("(function once() { once = null; })") as AnyFunction;
const evaluating = vm.runInThisContext("(x) => eval(x)") as AnyFunction;
function WithMethods(this: { x: number }): void {
  this.x = 1;
}
WithMethods.prototype.read = () => 1;

const cases: readonly (readonly [
  what: string,
  fn: AnyFunction,
  says: RegExp,
  variable?: string,
])[] = [
  ["`this` of its surroundings", account.arrow(), /`this` of its surroundings.*argument/],
  [
    "`this` of its own",
    Reflect.get(account, "read") as AnyFunction,
    /uses `this`, and is called without one.*object\.method/,
  ],
  ["super", account.parent(), /`super`/],
  ["a private name", account.peek(), /private name `#balance`/],
  ["arguments of its surroundings", caller(), /`arguments` of its surroundings/],
  ["new.target of its surroundings", Made.call({}), /`new\.target`/],
  ["direct eval", evaluating, /calls `eval`.*\(0, eval\)/],
  ["an assignment to its own name", selfReplacing, /assigns/, "once"],
  ["with", scoping, /uses `with`/],
  [
    "an assignment",
    () => (counter = 1),
    /assigns the captured variable `counter`.*Return/,
    "counter",
  ],
  ["an update", () => counter++, /assigns the captured variable/, "counter"],
  ["a compound assignment", () => (counter ??= 2), /assigns/, "counter"],
  [
    "a destructuring assignment",
    () => ([{ a: counter = 1 }] = [{}] as [{ a?: number }]),
    /assigns/,
    "counter",
  ],
  ["an assignment by rest", () => ([...counter as unknown as number[]] = []), /assigns/, "counter"],
  [
    "a for-of target",
    () => {
      for (counter of [1]) continue;
    },
    /assigns/,
    "counter",
  ],
  [
    "a for-in target",
    () => {
      for (counter as unknown in state) continue;
    },
    /assigns/,
    "counter",
  ],
  [
    "an assignment in a nested function",
    () => () => {
      counter = 2;
    },
    /assigns/,
    "counter",
  ],
  [
    "an assignment in a helper",
    () => helperThatWrites(),
    /`helperThatWrites` › `counter`/,
    "counter",
  ],
  ["a local symbol", () => local, /Symbol\(local\).*Symbol\.for/, "local"],
  ["a WeakMap", () => weak, /`weak` is an instance of WeakMap.*Map/, "weak"],
  [
    "an instance of a class",
    () => account,
    /`account` is an instance of Account.*lose its class/,
    "account",
  ],
  ["a bound function", ((n: number) => n).bind(null, 1), /bound function/],
  ["a class", Account as unknown as AnyFunction, /it is a class/],
  ["a proxy", new Proxy(() => 1, {}), /Proxy/],
  ["methods on a prototype", () => WithMethods, /prototype.*class/],
  [
    "an undeclared name",
    () => neverDeclared,
    /`neverDeclared` is declared nowhere/,
    "neverDeclared",
  ],
];

describe("shipFunction", () => {
  it.each(cases.map(([what, fn, says, variable]) => ({ what, fn, says, variable })))(
    "refuses $what",
    ({ fn, says, variable }) => {
      const failure = thrownBy(() => shipFunction(fn));
      expect(failure).toBeInstanceOf(ShipError);
      expect(failure.message).toMatch(says);
      expect(failure.message).toMatch(/^Cannot run `/);
      expect(failure.variable).toBe(variable);
    },
  );

  it("names the way to a value that cannot travel", () => {
    const settings = { list: [1, { made: account }] };
    const failure = thrownBy(() => shipFunction(() => settings.list));
    expect(failure.path.slice(1)).toEqual(["settings", "list", "1", "made"]);
    expect(failure.message).toContain("`settings.list[1].made` is an instance of Account");
  });

  it("refuses a function that needs too many others", () => {
    const make = (depth: number): AnyFunction => {
      const next: AnyFunction = depth === 0 ? () => 0 : make(depth - 1);
      return () => next();
    };
    expect(() => shipFunction(make(50))).not.toThrow();
    expect(thrownBy(() => shipFunction(make(150))).message).toContain("more than 100 functions");
  });

  it("is a mistake of the argument to ship what is no function", () => {
    expect(() => shipFunction(1 as never)).toThrow(TypeError);
  });

  it.each([
    [
      "its own variables",
      () => {
        let n = 0;
        n++;
        [n] = [1];
        for (n of [2]) continue;
        return n;
      },
    ],
    [
      "its parameters",
      (n: number) => {
        n++;
        return () => (n = 1) + n;
      },
    ],
    [
      "members of a captured object",
      () => {
        state.n++;
        return state.n;
      },
    ],
    [
      "its own catch parameter",
      () => {
        try {
          return 1;
        } catch (counter) {
          // oxlint-disable-next-line no-ex-assign -- that it may is what is tested
          counter = 1;
          return counter;
        }
      },
    ],
  ] as [string, AnyFunction][])("lets a function assign %s", (_, fn) => {
    expect(() => shipFunction(fn)).not.toThrow();
  });
});

function thrownBy(run: () => unknown): ShipError {
  try {
    run();
  } catch (error) {
    return error as ShipError;
  }
  throw new Error("nothing was thrown");
}
