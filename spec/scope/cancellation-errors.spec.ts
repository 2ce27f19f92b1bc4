import { Resolver } from "node:dns/promises";
import { describe, expect, it } from "vitest";
import {
  cancellationErrors,
  cancelScope,
  type CancelScope,
  DeadlineError,
  failAfter,
  isCancelled,
  moveOnAfter,
  shield,
  sleep,
  TaskCancelledError,
  taskGroup,
} from "../../lib/index.ts";
import { rejectionOf, thrownBy } from "../support/rejection-of.ts";

const like = (properties: object, message = "cancelled"): Error =>
  Object.assign(new Error(message), properties);

/** As the libraries throw them. */
const words: Readonly<Record<string, unknown>> = {
  "axios 1": like({ name: "CanceledError", code: "ERR_CANCELED", __CANCEL__: true }, "canceled"),
  "axios 0.2": { message: "canceled", __CANCEL__: true },
  "got, cancelled": like({ name: "CancelError", code: "ERR_CANCELED", timings: {} }),
  "got 12, by a signal": like({ name: "AbortError", code: "ERR_ABORTED" }),
  "undici 5": like({ name: "RequestAbortedError", code: "UND_ERR_ABORTED" }, "Request aborted"),
  "node-fetch": like({ name: "AbortError", type: "aborted" }, "The operation was aborted."),
  "AWS SDK": like({ name: "AbortError" }, "Request aborted"),
  "p-cancelable": like({ name: "CancelError", isCanceled: true }, "Promise was canceled"),
  execa: like({ name: "ExecaError", isCanceled: true, failed: true }, "Command was canceled"),
  "@grpc/grpc-js": like({ code: 1, details: "Cancelled on client", metadata: {} }),
  Connect: like({ name: "ConnectError", code: 1 }, "[canceled] This operation was aborted"),
  "pg, pg_cancel_backend": like(
    { code: "57014", severity: "ERROR" },
    "canceling statement due to user request",
  ),
  "Prisma over PostgreSQL": like({
    name: "PrismaClientKnownRequestError",
    code: "P2010",
    meta: { code: "57014", message: "ERROR: canceling statement due to user request" },
  }),
  mysql2: like({ code: "ER_QUERY_INTERRUPTED", errno: 1317 }, "Query execution was interrupted"),
  mssql: like({ name: "RequestError", code: "ECANCEL" }, "Canceled."),
  "better-sqlite3": like({ name: "SqliteError", code: "SQLITE_INTERRUPT" }, "interrupted"),
};

/** Failures that could be mistaken for one. */
const failures: Readonly<Record<string, unknown>> = {
  "the exit code of a program": like({ code: 1, killed: false, signal: null, cmd: "false" }),
  "axios, a timeout": like({ name: "AxiosError", code: "ECONNABORTED" }, "timeout of 5ms exceeded"),
  "undici, a timeout": like({ name: "HeadersTimeoutError", code: "UND_ERR_HEADERS_TIMEOUT" }),
  "pg, statement_timeout": like({ code: "57014" }, "canceling statement due to statement timeout"),
  "Prisma, statement_timeout": like({
    code: "P2010",
    meta: { code: "57014", message: "canceling statement due to statement timeout" },
  }),
  "pg, another error": like({ code: "23505" }, "duplicate key value"),
  "gRPC, another status": like({ code: 14, details: "No connection", metadata: {} }),
  "a reset connection": like({ code: "ECONNRESET" }, "aborted"),
  "an order that was cancelled": like({ name: "OrderCanceledError" }, "The order was cancelled"),
  "a cancelled task": new TaskCancelledError("A task was cancelled"),
  "a deadline": new DeadlineError("too late"),
  "a string": "ERR_CANCELED",
  nothing: undefined,
  "what throws when it is looked at": new Proxy(new Error("hostile"), {
    get() {
      throw new Error("do not look");
    },
  }),
};

describe.each(Object.entries(words))("an error of %s", (_, error) => {
  it("is the cancellation coming back once the scope is cancelled, and a failure before", async () => {
    expect(isCancelled(error)).toBe(true);
    const interrupted = await cancelScope((scope) => {
      expect(isCancelled(error, scope)).toBe(false);
      scope.cancel("reason");
      expect(isCancelled(error, scope)).toBe(true);
      throw error;
    });
    expect(interrupted).toEqual({ done: false, reason: "reason" });
    expect(await rejectionOf(cancelScope(() => Promise.reject(error)))).toBe(error);
  });

  it("ends a task, a group and a deadline like a cancellation", async () => {
    const deaf = (scope: CancelScope): Promise<never> =>
      new Promise((_resolve, reject) => {
        scope.onCancel(() => reject(error as Error));
      });
    expect(await rejectionOf(failAfter(1, deaf))).toBeInstanceOf(DeadlineError);
    expect(await moveOnAfter(1, deaf)).toMatchObject({ done: false });
    const group = taskGroup((inner) => {
      inner.spawn(deaf);
      inner.spawn(() => sleep(1).then(() => inner.cancel("own")));
    });
    expect(await rejectionOf(group)).toBe("own");
  });

  it("is a failure below a shield that keeps the cancellation out", async () => {
    await cancelScope(async (scope) => {
      scope.cancel();
      expect(await rejectionOf(shield(() => Promise.reject(error), { scope }))).toBe(error);
      await shield(
        async (shielded) => {
          expect(isCancelled(error, shielded)).toBe(false);
        },
        { scope },
      );
    });
  });
});

describe.each(Object.entries(failures))("%s", (_, error) => {
  it("stays a failure though the scope is cancelled", async () => {
    expect(isCancelled(error)).toBe(false);
    const running = cancelScope((scope) => {
      scope.cancel("reason");
      expect(isCancelled(error, scope)).toBe(false);
      throw error;
    });
    const same = await running.then(
      () => false,
      (thrown: unknown) => thrown === error,
    );
    expect(same).toBe(true);
  });
});

describe("Node itself", () => {
  it("says that a look-up was cancelled in a word that is known", async () => {
    const resolver = new Resolver({ timeout: 60_000, tries: 1 });
    resolver.setServers(["192.0.2.1"]);
    const outcome = await cancelScope((scope) => {
      scope.onCancel(() => resolver.cancel());
      const looking = resolver.resolve4("example.invalid");
      scope.cancel("not needed");
      return looking;
    });
    expect(outcome).toEqual({ done: false, reason: "not needed" });
  });
});

describe("cancellationErrors.register", () => {
  const revoked = like({ code: "JOB_REVOKED" });
  const isRevoked = (error: unknown): boolean => (error as { code: string }).code === "JOB_REVOKED";

  it("teaches a word until it is disposed of, each registration on its own", () => {
    const first = cancellationErrors.register(isRevoked);
    const second = cancellationErrors.register(isRevoked);
    expect(isCancelled(revoked)).toBe(true);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(isCancelled(revoked)).toBe(true);
    second[Symbol.dispose]();
    expect(isCancelled(revoked)).toBe(false);
  });

  it("takes what throws, and what is not a plain yes, for a no", () => {
    using _throws = cancellationErrors.register(isRevoked);
    using _async = cancellationErrors.register((() => Promise.resolve(true)) as never);
    expect(isCancelled(undefined)).toBe(false);
    expect(isCancelled(new Error("other"))).toBe(false);
  });

  it("is not asked about errors of skein", () => {
    using _all = cancellationErrors.register(() => true);
    expect(isCancelled(new Error("anything"))).toBe(true);
    expect(isCancelled(new DeadlineError("too late"))).toBe(false);
    expect(isCancelled(new TaskCancelledError("alone"))).toBe(false);
  });

  it("refuses what is no function", () => {
    expect(thrownBy(() => cancellationErrors.register("AbortError" as never))).toBeInstanceOf(
      TypeError,
    );
  });
});
