import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "../lib/errors/copies.ts";
import * as skein from "skein";

const root = fileURLToPath(new URL("../", import.meta.url));
/** Starting threads under load. */
const patience = { timeout: 60_000 };

let folder: string;

/** Installs the built package once more, with its text changed. */
async function copyOf(name: string, change: (text: string) => string): Promise<typeof skein> {
  const copy = join(folder, name);
  mkdirSync(join(copy, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
  for (const file of ["errors.js", "skein-thread.cjs"]) {
    const path = join(copy, "dist", file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return await import(pathToFileURL(join(copy, "dist/index.js")).href);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "skein-copies-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("VERSION", () => {
  it("is that of package.json", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(VERSION).toBe(version);
  });
});

describe("two copies of one version", () => {
  let other: typeof skein;
  beforeAll(async () => {
    other = await copyOf("same", (text) => text);
  });

  it("are two", () => {
    expect(other.taskGroup).not.toBe(skein.taskGroup);
  });

  it("know each other's errors by their class, and no others", () => {
    const error = new other.DeadlineError("late");
    expect(error).toBeInstanceOf(skein.DeadlineError);
    expect(error).toBeInstanceOf(skein.SkeinError);
    expect(error).not.toBeInstanceOf(skein.CancelledError);
    expect(new Error("late")).not.toBeInstanceOf(skein.SkeinError);
    class Mine extends skein.SkeinError {}
    expect(error).not.toBeInstanceOf(Mine);
    expect(new Mine("ERR_MINE", "mine")).toBeInstanceOf(other.SkeinError);
  });

  it("know what their groups have failed with besides", async () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const failing = other.taskGroup(async (group) => {
      group.spawn(
        (task) =>
          new Promise((_, reject) => task.signal.addEventListener("abort", () => reject(second))),
      );
      group.spawn(async () => {
        throw first;
      });
    });
    await expect(failing).rejects.toBe(first);
    expect(skein.failuresOf(first)).toEqual([first, second]);
  });

  it("cancel each other's scopes", async () => {
    const outcome = await other.moveOnAfter(1, (scope) =>
      skein.taskGroup(
        (group) => {
          group.spawn((task) => skein.sleep(60_000, task));
        },
        { scope },
      ),
    );
    expect(outcome.done).toBe(false);
    await skein.cancelScope(async (scope) => {
      const inner = other.sleep(60_000, scope);
      scope.cancel("enough");
      await expect(inner).rejects.toBe("enough");
      expect(other.isCancelled("enough", scope)).toBe(true);
    });
  });

  it("resolve each other's providers, inputs, families and overrides", async () => {
    const base = other.input<number>()("base");
    const each = other.family((key: number) => other.inline(() => key));
    const sum = skein.provide({ base, two: each(2) }, async (given) => given.base + given.two);
    const twice = other.provide({ sum }, async (given) => given.sum * 2);
    const overrides = [other.override(each, (key) => skein.inline(() => key * 10))];
    const inputs = { base: 1 };
    expect(await skein.resolveDependencies({ twice }, { inputs })).toEqual({ twice: 6 });
    expect(await skein.resolveDependencies({ twice }, { inputs, overrides })).toEqual({
      twice: 42,
    });
    const failing = other.provide(async () => {
      throw new Error("no");
    });
    const error = await skein.resolveDependencies({ failing }).catch((thrown) => thrown);
    expect(other.dependencyPath(error)).toEqual(skein.dependencyPath(error));
    expect(other.dependencyPath(error)).not.toBe(undefined);
  });

  it("share lifetimes", async () => {
    const app = other.lifetime("app");
    const ended: string[] = [];
    const db = skein.provide.in(app)(async function* () {
      yield "db";
      ended.push("db");
    });
    const open = app.open();
    const request = skein.lifetime("request");
    const inner = request.open({ parent: open });
    expect(await skein.resolveDependencies({ db }, { within: inner })).toEqual({ db: "db" });
    await open.close();
    expect(ended).toEqual(["db"]);
    expect(inner.isOpen).toBe(false);
  });

  it(
    "bound calls by each other's limiters, and run each other's declared functions and callbacks",
    patience,
    async () => {
      await using pool = new skein.Threadpool({ limiter: new other.CapacityLimiter(1) });
      const declared = other.threaded(import.meta.url, (n: number) => n * 2);
      expect(await pool.run(declared as never, [21])).toBe(42);
      const question = other.callback(async (n: number) => n + 1);
      expect(await pool.run((ask: (n: number) => number) => ask(41), [question])).toBe(42);
    },
  );

  it("move memory that the other has marked, both ways", patience, async () => {
    const bytes = new Uint8Array(8);
    expect(
      await skein.runInThreadpool((given: Uint8Array) => given.length, other.transfer(bytes)),
    ).toBe(8);
    expect(bytes.length).toBe(0);
  });

  it("ask for the same call in a thread", patience, async () => {
    const worker = pathToFileURL(join(folder, "same/dist/worker.js")).href;
    await using pool = new skein.Threadpool();
    const told: unknown[] = [];
    const asking = async (url: string): Promise<never> => {
      const { checkCancelled, progress } = await import(url);
      progress("asking");
      for (;;) checkCancelled();
    };
    const call = pool.run(asking, [worker], {
      timeoutMs: 1_000,
      onCancel: "cooperate",
      onProgress: (value) => told.push(value),
    });
    await expect(call).rejects.toBeInstanceOf(skein.DeadlineError);
    expect(told).toEqual(["asking"]);
  });

  it(
    "keep the class of an error that the other's copy has thrown in a thread",
    patience,
    async () => {
      const url = pathToFileURL(join(folder, "same/dist/index.js")).href;
      const throwing = async (from: string): Promise<void> => {
        const { NotSettledError } = await import(from);
        throw new NotSettledError("not yet");
      };
      const error = await skein.runInThreadpool(throwing, url).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(skein.NotSettledError);
      expect(error.constructor).toBe(skein.NotSettledError);
    },
  );
});

describe("copies of two versions", () => {
  let other: typeof skein;
  beforeAll(async () => {
    other = await copyOf("older", (text) => text.replaceAll(`"${VERSION}"`, '"0.0.1"'));
  });

  it("say which ones they are and where, when they are given what the other has made", () => {
    const say = new RegExp(
      `made by skein 0\\.0\\.1 \\(file:.*/older/dist/errors\\.js\\), while this is skein ${VERSION} \\(file:.*/dist/errors\\.js\\)`,
    );
    const limiter = new other.CapacityLimiter(1);
    expect(() => new skein.Threadpool({ limiter })).toThrow(say);
    const theirs = other.provide(async () => 1);
    expect(() => skein.resolveDependencies({ theirs } as never)).toThrow(say);
    expect(new other.DeadlineError("late")).not.toBeInstanceOf(skein.DeadlineError);
  });

  it("refuse the program of a thread of the other one", patience, async () => {
    await using pool = new skein.Threadpool({
      program: join(folder, "older/dist/skein-thread.cjs"),
    });
    await expect(pool.run(() => 1, [])).rejects.toThrow(
      `its program is that of skein 0.0.1, while the pool is of skein ${VERSION}`,
    );
  });
});
