import { createHash, pbkdf2Sync as derive } from "node:crypto";
import fs from "node:fs";
import * as path from "node:path";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClosureWorker } from "../support/closure-worker.ts";
import * as fixture from "./closure-fixture.ts";
import { scaled } from "./closure-fixture.ts";

let worker: ClosureWorker;
beforeAll(() => {
  worker = new ClosureWorker();
});
afterAll(() => worker.end());

const factor = 10;
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
function isEven(n: number): boolean {
  return n === 0 ? true : isOdd(n - 1);
}
const isOdd = (n: number): boolean => (n === 0 ? false : isEven(n - 1));

class Vector {
  static readonly unit = factor;
  readonly #x: number;

  constructor(x: number) {
    this.#x = x;
  }

  plus(other: Vector): Vector {
    return new Vector(this.#x + other.#x);
  }

  get length(): number {
    return Math.abs(this.#x);
  }
}

class Shifted extends Vector {
  override get length(): number {
    return super.length + scaled(1);
  }
}

describe("shipFunction", () => {
  it("ships a function that captures nothing", async () => {
    expect(await worker.run((a: number, b: number) => a + b, 1, 2)).toBe(3);
  });

  it("takes captured constants and objects along", async () => {
    const table = { rows: [1, 2, { found: new Map([["k", factor]]) }] } as const;
    expect(await worker.run(() => table.rows[2].found.get("k"))).toBe(10);
  });

  it("takes the value that a variable has at the call", async () => {
    let current = 1;
    const read = (): number => current;
    expect(await worker.run(read)).toBe(1);
    current = 2;
    expect(await worker.run(read)).toBe(2);
  });

  it("takes the variables of every enclosing scope, innermost first", async () => {
    const shadowed = "outer";
    const make = (a: number): (() => unknown[]) => {
      for (const shadowed of ["loop"]) {
        try {
          throw a;
        } catch (caught) {
          return () => [shadowed, caught, factor];
        }
      }
      return () => [shadowed];
    };
    expect(await worker.run(make(7))).toEqual(["loop", 7, 10]);
  });

  it("finds built-ins by identity, however they were imported", async () => {
    expect(
      await worker.run((s: string) => createHash("sha1").update(s).digest("hex").slice(0, 8), "x"),
    ).toBe("11f6ad8e");
    expect(await worker.run(() => derive("a", "b", 10, 8, "sha1").toString("hex"))).toBe(
      "6bc9228d74b022a2",
    );
    expect(await worker.run(() => path.join("a", "b"))).toBe(path.join("a", "b"));
    expect(await worker.run(() => fs.existsSync("/"))).toBe(true);
  });

  it("runs a built-in itself", async () => {
    expect(await worker.run(Math.max, 1, 5)).toBe(5);
    expect(await worker.run(createHash, "sha1").catch((error: Error) => error.message)).toContain(
      "Hash",
    );
  });

  it("takes helpers, recursion and circles of functions along", async () => {
    expect(await worker.run((n: number) => scaled(n) + factorial(n), 5)).toBe(170);
    expect(await worker.run(factorial, 5)).toBe(120);
    expect(await worker.run(isEven, 10)).toBe(true);
  });

  it("takes only the used members of a namespace", async () => {
    expect(await worker.run((n: number) => fixture.scaled(n), 2)).toBe(20);
  });

  it("takes classes with their bases, private names and static fields along", async () => {
    expect(await worker.run(() => new Vector(Vector.unit).plus(new Vector(2)).length)).toBe(12);
    expect(await worker.run(() => new Shifted(-2).length)).toBe(12);
  });

  it("takes an object of functions along, and its `this` with it", async () => {
    const counter = {
      n: 1,
      add(by: number): number {
        return (this.n += by);
      },
    };
    expect(await worker.run(() => counter.add(2) + counter.n)).toBe(6);
  });

  it("keeps one object one object, for all functions that use it", async () => {
    const state = { n: 0 };
    const increment = (): number => ++state.n;
    expect(await worker.run(() => [increment(), increment(), state.n])).toEqual([1, 2, 2]);
    const alias = { state };
    expect(await worker.run(() => alias.state === state)).toBe(true);
  });

  it("keeps one object one object when parts of it need encoding", async () => {
    const shared = { bytes: Buffer.from("ab"), run: (): number => 1 };
    const holder = { shared };
    const same = (): boolean => holder.shared === shared && Buffer.isBuffer(shared.bytes);
    expect(await worker.run(same)).toBe(true);
    expect(await worker.run(() => holder.shared.run() + Number(holder.shared === shared))).toBe(2);
  });

  it("leaves out what it does not use of an object", async () => {
    const app = { open: new WeakMap(), size: 3 };
    expect(await worker.run(() => app.size)).toBe(3);
  });

  it("uses the variable that shadows a global", async () => {
    const make =
      (JSON: { mine: string }): (() => string) =>
      () =>
        JSON.mine;
    expect(await worker.run(make({ mine: "yes" }))).toBe("yes");
  });

  it("ships methods of every form, by any name", async () => {
    const key = "computed";
    const object: Record<string, (x: number) => unknown> = {
      plain: (x: number) => x,
      method(x: number) {
        return x + factor;
      },
      [`${key}!`](x: number) {
        return x * 2;
      },
      async later(x: number) {
        return await Promise.resolve(x);
      },
      "quoted name"(x: number) {
        return -x;
      },
    };
    expect(await worker.run(object["method"]!, 1)).toBe(11);
    expect(await worker.run(object["computed!"]!, 2)).toBe(4);
    expect(await worker.run(object["later"]!, 3)).toBe(3);
    expect(await worker.run(object["quoted name"]!, 3)).toBe(-3);
    const reading = {
      get read() {
        return factor;
      },
    };
    const { get } = Object.getOwnPropertyDescriptor(reading, "read") as { get: () => number };
    expect(await worker.run(get)).toBe(10);
  });

  it("ships async functions", async () => {
    expect(await worker.run(async (n: number) => (await Promise.resolve(n)) + factor, 1)).toBe(11);
  });

  it("takes properties of a captured function along", async () => {
    const tagged = Object.assign((): number => 1, { unit: "px" });
    expect(await worker.run(() => `${tagged()}${tagged.unit}`)).toBe("1px");
  });

  it("keeps the names of functions", async () => {
    const named = (): string => named.name;
    expect(await worker.run(named)).toBe("named");
  });

  it("takes registered symbols and null along", async () => {
    const symbol = Symbol.for("spec");
    const nothing = null;
    expect(await worker.run(() => [symbol === Symbol.for("spec"), nothing])).toEqual([true, null]);
  });

  it("may ask by typeof for what does not exist", async () => {
    // @ts-expect-error such a global does not exist
    expect(await worker.run(() => typeof neverDeclared === "undefined")).toBe(true);
  });

  it("uses captures given by name in place of looking into the function", async () => {
    const hidden = new WeakMap();
    const run = worker.runWith(
      { captures: { hidden: { size: 4 } } },
      () => (hidden as unknown as { size: number }).size,
    );
    expect(await run).toBe(4);
  });

  it("points the stack at this file, and goes on with the stack of the call", async () => {
    const failure = await worker
      .run(() => {
        throw new RangeError("here");
      })
      .catch((error: Error) => error);
    expect(failure).toBeInstanceOf(RangeError);
    const { stack } = failure as unknown as Error;
    expect(stack).toMatch(/closure-capture\.spec\.ts:\d+:\d+[^]*in a worker thread, called from/);
  });

  it("takes a variable for what it is, whatever else its name means", async () => {
    const make = vm.runInThisContext(
      "(function (NaN, undefined) { return () => [NaN, undefined, Infinity]; })",
    ) as (...given: number[]) => () => unknown[];
    const fn = make(1, 2);
    expect(await worker.run(fn)).toEqual([1, 2, Infinity]);
  });

  it("gives the namespace of a module of Node where it is used as one", async () => {
    const whole = (): unknown[] => [
      Object.keys(path).includes("default"),
      (path as unknown as { default: typeof path }).default.sep,
    ];
    expect(await worker.run(whole)).toEqual(whole());
    expect(await worker.run(() => path.join("a", "b"))).toBe("a/b");
  });

  it("makes classes when all that they compute with is there", async () => {
    const config = { step: 2, more: new Map([["k", new Error("held")]]) };
    const add = Object.assign((n: number): number => n + add.by, { by: config.step });
    class Counter {
      static start = [config.step, config.more.get("k")?.message, add(1)];
    }
    const list = [Counter, new Error("makes the list be copied")] as const;
    const set = new Set([Counter]);
    const expected = [2, "held", 3];
    expect(await worker.run(() => list[0].start)).toEqual(expected);
    expect(await worker.run(() => [...set][0]?.start)).toEqual(expected);
    expect(await worker.run(() => Counter.start)).toEqual(expected);
  });
});
