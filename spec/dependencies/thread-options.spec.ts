import { afterAll, describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  inline,
  provide,
  resolveDependencies,
  Threadpool,
  type ThreadProviderOptions,
} from "../../lib/index.ts";
import { RecordingExecutor } from "../support/recording-executor.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const pool = new Threadpool({ maxThreads: 2 });
afterAll(() => pool.close());

const options: ThreadProviderOptions = {
  onCancel: "cooperate",
  graceMs: 10,
  limiter: new CapacityLimiter(1),
  onProgress: () => {},
};

describe("the options of a plain provider", () => {
  it("come with its call, whether that runs or is held", async () => {
    const { onCancel, graceMs, limiter, onProgress } = options;
    const recorder = new RecordingExecutor();
    const ran = provide(() => 1, { ...options, name: "ran" });
    const held = provide(
      function* () {
        yield 2;
      },
      { ...options, name: "held" },
    );
    await resolveDependencies({ ran, held }, { pool: recorder }, (values) => {
      expect({ ...values }).toEqual({ ran: 1, held: 2 });
    });
    for (const name of ["ran", "held"]) {
      expect(recorder.options.get(name)).toMatchObject({ onCancel, graceMs, limiter, onProgress });
    }
  });

  it("name its own pool, which outranks that of the resolution", async () => {
    const [own, others] = [new RecordingExecutor(), new RecordingExecutor()];
    const special = provide(() => 1, { pool: own, name: "special" });
    const held = provide(
      function* () {
        yield 2;
      },
      { pool: own, name: "held" },
    );
    const usual = provide({ special, held }, ({ special, held }) => special + held, {
      name: "usual",
    });
    const sum = await resolveDependencies({ usual }, { pool: others }, ({ usual }) => usual);
    expect(sum).toBe(3);
    expect([...own.options.keys()].sort()).toEqual(["held", "special"]);
    expect([...others.options.keys()]).toEqual(["usual"]);
  });

  it("let the resolution go on without it when it is abandoned", async () => {
    const cells = new Int32Array(new SharedArrayBuffer(8));
    const stubborn = provide(
      () => {
        Atomics.store(cells, 0, 1);
        while (Atomics.load(cells, 1) === 0) Atomics.wait(cells, 1, 0, 10);
        Atomics.store(cells, 0, 2);
      },
      { onCancel: "abandon" },
    );
    const bad = provide(async () => {
      while (Atomics.load(cells, 0) === 0) await new Promise(setImmediate);
      throw new Error("bad");
    });
    const error = await rejectionOf(resolveDependencies({ stubborn, bad }, { pool }));
    expect(String(error)).toBe("Error: bad");
    expect(Atomics.load(cells, 0)).toBe(1);
    Atomics.store(cells, 1, 1);
    while (Atomics.load(cells, 0) === 1) await new Promise(setImmediate);
  });

  it("have it wait for its own limiter, in the pool that the others use", async () => {
    const limiter = new CapacityLimiter(1);
    const permit = await limiter.acquire();
    const limited = provide(() => "limited", { limiter });
    const usual = provide(() => "usual");
    const resolution = resolveDependencies({ limited, usual }, { pool });
    while (limiter.statistics().waiting === 0) await new Promise(setImmediate);
    permit.release();
    expect({ ...(await resolution) }).toEqual({ limited: "limited", usual: "usual" });
  });

  it("are refused where the function runs on the event loop", () => {
    const functions = [
      () => provide(async () => 1, options),
      () =>
        provide(async function* () {
          yield 1;
        }, options),
      () => inline(() => 1, options),
      () =>
        inline(function* () {
          yield 1;
        }, options),
    ];
    for (const make of functions) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow("runs on the event loop");
    }
    expect(() => provide(async () => 1, { pool })).toThrow("Expected no `pool`");
  });

  it.each([
    ["onCancel", "stop", TypeError],
    ["graceMs", "10", TypeError],
    ["graceMs", -1, RangeError],
    ["limiter", { acquire: () => {} }, TypeError],
    ["onProgress", {}, TypeError],
    ["pool", {}, TypeError],
  ])("are refused if `%s` is %j", (name, value, error) => {
    const make = (): unknown => provide(() => 1, { [name]: value });
    expect(make).toThrow(error);
    expect(make).toThrow(`Expected \`${name}\``);
  });
});
