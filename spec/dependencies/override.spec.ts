import { describe, expect, it } from "vitest";
import {
  family,
  compileDependencies,
  inline,
  input,
  override,
  provide,
  resolveDependencies,
} from "../../lib/index.ts";
import { rejectionOf } from "../support/rejection-of.ts";

function graph(ran: string[] = []) {
  const url = inline(() => (ran.push("url"), "real url"), { name: "url" });
  const db = provide({ url }, async ({ url }) => `db at ${url}`, { name: "db" });
  const user = provide({ db }, async ({ db }) => `user from ${db}`, { name: "user" });
  return { url, db, user };
}

describe("override", () => {
  it("replaces a target, a dependency and what is far below", async () => {
    const { url, db, user } = graph();
    const fake = inline(() => "fake");
    expect(await resolveDependencies({ user }, { overrides: [override(user, fake)] })).toEqual({
      user: "fake",
    });
    expect(await resolveDependencies({ user }, { overrides: [override(db, fake)] })).toEqual({
      user: "user from fake",
    });
    expect(await resolveDependencies({ user }, { overrides: [override(url, fake)] })).toEqual({
      user: "user from db at fake",
    });
  });

  it("does not run what only the original needed", async () => {
    const ran: string[] = [];
    const { db, user } = graph(ran);
    await resolveDependencies(
      { user },
      {
        overrides: [
          override(
            db,
            inline(() => "fake"),
          ),
        ],
      },
    );
    expect(ran).toEqual([]);
  });

  it("brings its own dependencies and inputs", async () => {
    const { db, user } = graph();
    const name = input<string>()("name");
    const overrides = [
      override(
        db,
        inline({ name }, ({ name }) => name),
      ),
    ];
    expect(await resolveDependencies({ user }, { overrides, inputs: { name: "mine" } })).toEqual({
      user: "user from mine",
    });
    const missing = resolveDependencies({ user }, { overrides, inputs: {} as never });
    expect(await rejectionOf(missing)).toMatchObject({ path: ["user", "db", "name"] });
  });

  it("replaces an input", async () => {
    const token = input<string>()("token");
    const user = inline({ token }, ({ token }) => token);
    const overrides = [
      override(
        token,
        inline(() => "made up"),
      ),
    ];
    expect(await resolveDependencies({ user }, { overrides })).toEqual({ user: "made up" });
  });

  it("wraps the original", async () => {
    const { url, user } = graph();
    const overrides = [override(url, (url) => inline({ url }, ({ url }) => `wrapped ${url}`))];
    expect(await resolveDependencies({ user }, { overrides })).toEqual({
      user: "user from db at wrapped real url",
    });
  });

  it("is followed to the end of a chain", async () => {
    const { db, user } = graph();
    const first = inline(() => "first");
    const second = inline(() => "second");
    const overrides = [override(db, first), override(first, second)];
    expect(await resolveDependencies({ user, first }, { overrides })).toEqual({
      user: "user from second",
      first: "second",
    });
  });

  it("gives way to a later one for the same provider", async () => {
    const { db, user } = graph();
    const overrides = [
      override(
        db,
        inline(() => "early"),
      ),
      override(
        db,
        inline(() => "late"),
      ),
    ];
    expect(await resolveDependencies({ user }, { overrides })).toEqual({ user: "user from late" });
  });

  it("must not go in a circle", async () => {
    const a = inline(() => 1, { name: "a" });
    const b = inline(() => 2, { name: "b" });
    const overrides = [override(a, b), override(b, a)];
    expect(() => compileDependencies({ a }, { overrides })).toThrow(
      "Overrides replace each other in a circle: a → b → a",
    );
    expect(await rejectionOf(resolveDependencies({ a }, { overrides }))).toMatchObject({
      name: "CycleError",
      path: ["a", "b", "a"],
    });
  });

  it("does not matter for what is not in the graph", async () => {
    const { user } = graph();
    const elsewhere = inline(() => 1);
    const overrides = [
      override(
        elsewhere,
        inline(() => 2),
      ),
    ];
    expect(await resolveDependencies({ user }, { overrides })).toEqual({
      user: "user from db at real url",
    });
  });

  it("counts for the call that it is given to, and for no other", async () => {
    const { db, user } = graph();
    const [a, b, c] = await Promise.all([
      resolveDependencies(
        { user },
        {
          overrides: [
            override(
              db,
              inline(() => "a"),
            ),
          ],
        },
      ),
      resolveDependencies(
        { user },
        {
          overrides: [
            override(
              db,
              inline(() => "b"),
            ),
          ],
        },
      ),
      resolveDependencies({ user }),
    ]);
    expect([a.user, b.user, c.user]).toEqual([
      "user from a",
      "user from b",
      "user from db at real url",
    ]);
  });

  it("counts for its own call too where the target is one provider", async () => {
    const one = inline(() => "real");
    const fake = override(
      one,
      inline(() => "fake"),
    );
    expect(await resolveDependencies(one)).toBe("real");
    expect(await resolveDependencies(one, { overrides: [fake] })).toBe("fake");
    expect(await resolveDependencies(one)).toBe("real");
  });

  it("gives the replacement one run for all who depend on the original", async () => {
    let runs = 0;
    const { db, user } = graph();
    const other = inline({ db }, ({ db }) => db);
    const fake = inline(() => `fake ${++runs}`);
    expect(
      await resolveDependencies({ user, other, fake }, { overrides: [override(db, fake)] }),
    ).toEqual({
      user: "user from fake 1",
      other: "fake 1",
      fake: "fake 1",
    });
  });

  it("refuses what is no provider", () => {
    const value = inline(() => 1);
    expect(() => override(1 as never, value)).toThrow(TypeError);
    expect(() => override((() => value) as never, (() => value) as never)).toThrow(TypeError);
    expect(() => override(value, 1 as never)).toThrow(TypeError);
    expect(() => override(value, (() => 1) as never)).toThrow(TypeError);
    const users = family((id: number) => inline(() => id));
    expect(() => override(users, value as never)).toThrow(
      "Expected `replacement` of a family to be a family",
    );
  });
});
