import { Socket } from "node:net";
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
