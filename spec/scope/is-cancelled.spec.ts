import { describe, expect, it } from "vitest";
import {
  CancelledError,
  cancelScope,
  DeadlineError,
  inline,
  isCancelled,
  resolveDependencies,
  taskGroup,
} from "../../lib/index.ts";

const abortError = new DOMException("aborted", "AbortError");

describe("isCancelled", () => {
  it("asks without a scope whether an error looks like a cancellation at all", () => {
    const coded = Object.assign(new Error("coded"), { code: "ABORT_ERR" });
    for (const error of [new CancelledError("m", "cancel"), abortError, coded]) {
      expect(isCancelled(error)).toBe(true);
    }
    for (const error of [new Error("m"), new DeadlineError("m"), undefined, null, "AbortError"]) {
      expect(isCancelled(error)).toBe(false);
    }
  });

  it("asks with a scope whether it is that scope's cancellation coming back", async () => {
    await cancelScope((scope) => {
      const reason = new Error("reason");
      expect(isCancelled(abortError, scope)).toBe(false);
      expect(isCancelled(undefined, scope)).toBe(false);
      scope.cancel(reason);
      expect(isCancelled(abortError, scope)).toBe(true);
      expect(isCancelled(reason, scope)).toBe(true);
      expect(isCancelled(new Error("wrapped", { cause: reason }), scope)).toBe(true);
      expect(isCancelled(new Error("other"), scope)).toBe(false);
      expect(isCancelled(undefined, scope)).toBe(false);
    });
  });

  it("takes the failure that has cancelled a scope for none, whatever it says of itself", async () => {
    const failure = new DOMException("somebody else's", "AbortError");
    const seen: boolean[] = [];
    const running = taskGroup((group) => {
      group.onCancel((reason) =>
        seen.push(isCancelled(failure, group), isCancelled(reason, group)),
      );
      group.spawn(() => Promise.reject(failure));
    });
    await running.catch(() => {});
    expect(seen).toEqual([false, true]);
  });

  it("recognises a reason that is no object", async () => {
    await cancelScope((scope) => {
      scope.cancel(0);
      expect(isCancelled(0, scope)).toBe(true);
      expect(isCancelled(new Error("wrapped", { cause: 0 }), scope)).toBe(true);
      expect(isCancelled("", scope)).toBe(false);
    });
  });

  it("knows the scope of a provider", async () => {
    const told = inline((_, context) => {
      context.cancel("enough");
      return [isCancelled("enough", context), isCancelled("other", context)];
    });
    expect((await resolveDependencies({ told })).told).toEqual([true, false]);
  });
});
