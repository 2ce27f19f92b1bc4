import { SkeinError } from "../errors.ts";
import { checkBody } from "./body.ts";
import { readFrom } from "./read-from.ts";

/**
 * Teaches skein how other libraries say that something was cancelled.
 *
 * @public
 */
export interface CancellationErrors {
  /**
   * Adds a way in which an operation says that it was cancelled. An error for which it gives `true` counts as the
   * cancellation of a scope coming back if that scope is cancelled, and never before: until then it is a failure like
   * every other. It is not asked about errors of skein, and what it throws counts as no.
   *
   * @param isCancellation - looks at anything that was thrown; must be quick and must not wait
   * @returns disposing it forgets this way again
   * @throws TypeError, synchronously, if it is no function
   *
   * @example
   * ```ts
   * import { cancellationErrors, isCancelled } from "skein";
   *
   * const known = cancellationErrors.register(
   *   (error) => (error as { code?: unknown } | null)?.code === "JOB_REVOKED",
   * );
   * const revoked = Object.assign(new Error("revoked"), { code: "JOB_REVOKED" });
   * console.log(isCancelled(revoked));
   * known[Symbol.dispose]();
   * console.log(isCancelled(revoked));
   * // prints: true
   * // prints: false
   * ```
   */
  register(isCancellation: (error: unknown) => boolean): Disposable;
}

/** Each in an object of its own, for the same function may be registered twice. */
const registered = new Set<{ readonly is: (error: unknown) => boolean }>();

/**
 * The words for "cancelled" that skein knows besides `AbortError` and `ABORT_ERR`; see {@link CancellationErrors}.
 *
 * Known without registration: axios, got, undici, p-cancelable, execa, gRPC (`CANCELLED`), PostgreSQL (57014, unless it
 * was a timeout; also below Prisma), MySQL, SQL Server, SQLite, DNS look-ups, HTTP/2 streams and libuv.
 *
 * @public
 */
export const cancellationErrors: CancellationErrors = {
  register(isCancellation) {
    checkBody("isCancellation", isCancellation);
    const entry = { is: isCancellation };
    registered.add(entry);
    return {
      [Symbol.dispose]() {
        registered.delete(entry);
      },
    };
  },
};

/** Codes that mean this and nothing else. */
const codes: ReadonlySet<unknown> = new Set([
  "ERR_CANCELED", // axios, got
  "ERR_ABORTED", // got, for a signal
  "UND_ERR_ABORTED", // undici
  "ECANCELED", // libuv
  "ECANCELLED", // c-ares, for `Resolver.cancel()`
  "ERR_HTTP2_STREAM_CANCEL",
  "ECANCEL", // mssql
  "ER_QUERY_INTERRUPTED", // MySQL, for `KILL QUERY`
  "SQLITE_INTERRUPT",
]);

/** What PostgreSQL says for `pg_cancel_backend` and for its own timeouts, which only the message tells apart. */
const QUERY_CANCELED = "57014";

/** Whether something thrown says in another library's words that it was cancelled. */
export function isForeignCancellation(error: unknown): boolean {
  if (error instanceof SkeinError) return false;
  if (typeof error === "object" && error !== null && isKnown(error)) return true;
  for (const { is } of registered) {
    try {
      if (is(error) === true) return true;
    } catch {
      // It was not made for an error like this one.
    }
  }
  return false;
}

function isKnown(error: object): boolean {
  const code = readFrom(error, "code");
  if (codes.has(code)) return true;
  // p-cancelable and execa; axios before it had codes.
  if (readFrom(error, "isCanceled") === true || readFrom(error, "__CANCEL__") === true) return true;
  if (code === 1) return isGrpc(error);
  return isQueryCanceled(error) || (code === "P2010" && isQueryCanceled(readFrom(error, "meta")));
}

/** A bare code of 1 is also the exit code of many a program. */
function isGrpc(error: object): boolean {
  if (readFrom(error, "name") === "ConnectError") return true;
  return (
    typeof readFrom(error, "details") === "string" &&
    typeof readFrom(error, "metadata") === "object"
  );
}

function isQueryCanceled(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if (readFrom(error, "code") !== QUERY_CANCELED) return false;
  const message = readFrom(error, "message");
  return typeof message !== "string" || !/timeout/i.test(message);
}
