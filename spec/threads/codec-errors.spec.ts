import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { CancelledError, NotTransferableError } from "../../lib/errors.ts";
import { decodeThrown, encodeThrown } from "../../lib/threads/codec/errors.ts";

/** What the other thread gets. */
function sent(thrown: unknown, mainStack?: string): unknown {
  return decodeThrown(structuredClone(encodeThrown(thrown)), mainStack);
}

class HttpError extends RangeError {
  readonly status = 404;
  override readonly name = "HttpError";
}

describe("encodeThrown", () => {
  it.each([null, undefined, 0, "text", { plain: [1] }, Symbol.for("s"), Math.max])(
    "carries %o, thrown by itself",
    (thrown) => {
      expect(sent(thrown)).toEqual(thrown);
    },
  );

  it.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
    "makes a built-in %o again",
    (errorClass) => {
      const received = sent(new errorClass("message")) as Error;
      expect(Object.getPrototypeOf(received)).toBe(errorClass.prototype);
      expect(received.message).toBe("message");
      expect(Object.keys(received)).toEqual([]);
    },
  );

  it("keeps the name, the code and the own properties of an error of the program", () => {
    const received = sent(Object.assign(new HttpError("gone"), { headers: new Map([["a", 1]]) }));
    expect(received).toBeInstanceOf(RangeError);
    expect(received).toMatchObject({
      name: "HttpError",
      message: "gone",
      status: 404,
      headers: new Map([["a", 1]]),
    });
  });

  it("keeps the class of skein's own errors", () => {
    const received = sent(new CancelledError("stop", "deadline", { cause: 1 }));
    expect(received).toBeInstanceOf(CancelledError);
    expect(received).toMatchObject({
      name: "AbortError",
      origin: "deadline",
      code: "ERR_SKEIN_CANCELLED",
      cause: 1,
    });
  });

  it("keeps causes, the errors of an aggregate, and circles among them", () => {
    const inner = new TypeError("inner");
    const outer = new AggregateError([inner, 1], "outer", { cause: inner });
    Object.assign(inner, { parent: outer });
    const received = sent(outer) as AggregateError & { cause: { parent: unknown } };
    expect(received).toBeInstanceOf(AggregateError);
    expect(received.errors[0]).toBe(received.cause);
    expect(received.cause.parent).toBe(received);
    expect(received.errors[1]).toBe(1);
  });

  it("keeps the kind of a DOMException", () => {
    const received = sent(new DOMException("too late", "TimeoutError")) as DOMException;
    expect(received).toBeInstanceOf(DOMException);
    expect(received).toMatchObject({ name: "TimeoutError", message: "too late", code: 23 });
    expect(sent(AbortSignal.abort().reason)).toMatchObject({ name: "AbortError", code: 20 });
  });

  it("says in the place of what cannot cross inside an error what it is", () => {
    const received = sent(
      Object.assign(new Error("x"), {
        socket: new Socket(),
        retry: () => 1,
        list: [Symbol("s"), new WeakMap(), new MessageChannel().port1, new Proxy({}, {})],
      }),
    );
    expect(received).toMatchObject({
      socket: "[Socket]",
      retry: "[Function: retry]",
      list: ["Symbol(s)", "[WeakMap]", "[MessagePort]", "[Proxy]"],
    });
  });

  it("keeps properties that do not show, and those under symbols that all threads have", () => {
    const key = Symbol.for("details");
    const error = Object.assign(new Error("invalid"), { [key]: [1], [Symbol("own")]: 2 });
    Object.defineProperty(error, "issues", { value: [{ path: ["name"] }], enumerable: false });
    const received = sent(error) as typeof error & { issues: unknown };
    expect(received.issues).toEqual([{ path: ["name"] }]);
    expect(Object.keys(received)).toEqual([]);
    expect(received[key]).toEqual([1]);
  });

  it("makes plain objects of those of the program's classes", () => {
    class Position {
      readonly #secret = 1;
      readonly end = {
        line: 2,
        at: new (class Offset {
          n = 3;
        })(),
      };
      readonly line = 1;
      readonly column = 6;
      get text(): string {
        return `${this.line}:${this.#secret}`;
      }
    }
    const loc = new Position();
    const received = sent(
      Object.assign(new SyntaxError("x"), { loc, again: [loc] }),
    ) as unknown as {
      loc: Position;
      again: Position[];
    };
    expect(received.loc).toStrictEqual({ end: { line: 2, at: { n: 3 } }, line: 1, column: 6 });
    expect(received.again[0]).toBe(received.loc);
  });

  it("loses for an odd property nothing else", () => {
    const detached = new ArrayBuffer(1);
    structuredClone(detached, { transfer: [detached] });
    const request = {
      get lazy(): never {
        throw new Error("no");
      },
      detached,
      port: new MessageChannel().port1,
      map: new Map<unknown, unknown>([["socket", new Socket()]]),
      [Symbol("own")]: 1,
      url: "/",
    };
    const cause = new RangeError("why", { cause: new Proxy({}, {}) });
    const error = Object.assign(new Error("upstream", { cause }), { status: 502, request });
    Object.defineProperty(error, "late", { enumerable: true, get: () => request.lazy });
    expect(sent(error)).toMatchObject({
      message: "upstream",
      status: 502,
      cause: { message: "why", cause: "[Proxy]" },
      late: "[Getter]",
      request: {
        lazy: "[Getter]",
        detached: "[ArrayBuffer]",
        port: "[MessagePort]",
        map: new Map([["socket", "[Socket]"]]),
        url: "/",
      },
    });
  });

  it("keeps what a class gives its errors: the name, also where it is computed, and the message", () => {
    class Computed extends TypeError {
      override get name(): string {
        throw new Error("is run");
      }
    }
    function Old(): void {}
    Old.prototype = Object.create(Error.prototype, {
      name: { value: "Old" },
      message: { value: "of the class" },
    }) as object;
    const old = Object.setPrototypeOf(new Error(), Old.prototype as object) as Error;
    expect(sent(new Computed("x"))).toMatchObject({ name: "Computed", message: "x" });
    expect(sent(old)).toMatchObject({ name: "Old", message: "of the class" });
  });

  it("keeps errors of classes that are plain functions", () => {
    function OldError(this: Error, message: string): void {
      Error.captureStackTrace(this, OldError);
      this.message = message;
    }
    OldError.prototype = Object.create(TypeError.prototype, {
      constructor: { value: OldError },
      name: { value: "OldError" },
    }) as object;
    const old = Reflect.construct(OldError, ["why"]) as Error;
    for (const received of [sent(old), (sent(new Error("outer", { cause: old })) as Error).cause]) {
      expect(received).toBeInstanceOf(TypeError);
      expect(received).toMatchObject({ name: "OldError", message: "why" });
      expect((received as Error).stack).toMatch(/why\n +at /);
    }
  });

  it("keeps what Node computes for its own errors", () => {
    const error = thrownBy(() => rmSync(tmpdir()));
    expect(sent(error)).toMatchObject({
      code: "ERR_FS_EISDIR",
      syscall: "rm",
      path: tmpdir(),
      info: { code: "EISDIR" },
      stack: (error as Error).stack,
    });
  });

  it("keeps chains of any length", { timeout: 120_000 }, () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    let chain = new Error("0");
    for (let i = 1; i < 100_000; i++) {
      chain =
        i % 2 === 0 ? new Error(`${i}`, { cause: chain }) : new AggregateError([chain], `${i}`);
    }
    Error.stackTraceLimit = stackTraceLimit;
    let received = sent(chain) as AggregateError;
    for (let i = 99_999; i > 0; i--) {
      if (received.message !== `${i}`) throw new Error(`${received.message} in the place of ${i}`);
      received = (received.cause ?? received.errors[0]) as AggregateError;
    }
    expect(received.message).toBe("0");
  });

  it("cuts off what is nested too deeply, and nothing else", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    const error = Object.assign(new Error("x"), { deep, code: "E_DEEP" });
    expect(sent(error)).toMatchObject({ code: "E_DEEP", deep: { deep: { deep: {} } } });
  });

  it("says so when what was thrown cannot cross at all", () => {
    const received = sent(new WeakMap());
    expect(received).toBeInstanceOf(NotTransferableError);
    expect((received as Error).message).toContain("threw WeakMap");
  });

  it.each([
    [
      "a getter that throws",
      Object.defineProperty(new Error("odd"), "bad", {
        enumerable: true,
        get: () => {
          throw new Error("no");
        },
      }),
    ],
    ["a proxy inside", Object.assign(new Error("odd"), { inside: new Proxy({}, {}) })],
    ["a stack that is no text", Object.assign(new Error("odd"), { stack: { not: "text" } })],
  ])("never throws: %s", (_, error) => {
    expect((sent(error) as Error).message).toBe("odd");
  });

  it("joins the stacks of both threads", () => {
    const error = new Error("x");
    const { stack } = sent(error, "Error\n    at caller (main.ts:1:1)") as Error;
    expect(stack).toBe(
      `${error.stack}\n    --- in a worker thread, called from ---\n    at caller (main.ts:1:1)`,
    );
    expect(Object.keys(sent(error, "Error") as Error)).toEqual([]);
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
