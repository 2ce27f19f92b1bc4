/** The causes that errors were given here. */
const given = new WeakMap<Error, unknown>();

/** How long a chain of causes is followed. */
const CAUSES = 64;

/** Makes `cause` the cause of an error that has none; as with every cause, enumerating does not show it. */
export function giveCause(error: unknown, cause: unknown): void {
  try {
    if (!(error instanceof Error) || !Object.isExtensible(error)) return;
    if ("cause" in error && !given.has(error)) return;
    if (isCausedBy(cause, error)) return;
    Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
    given.set(error, cause);
  } catch {
    // A proxy may throw at any of these; it is given none then.
  }
}

/** One object may be thrown again and again: it does not keep a cause of an earlier time. */
export function dropOldCause(error: unknown, failures: readonly unknown[]): void {
  if (!given.has(error as Error) || !(error instanceof Error)) return;
  if (failures.includes(given.get(error))) return;
  given.delete(error);
  Reflect.deleteProperty(error, "cause");
}

function isCausedBy(error: unknown, cause: Error): boolean {
  let link: unknown = error;
  for (let i = 0; i < CAUSES && link instanceof Error; i++) {
    if (link === cause) return true;
    link = link.cause;
  }
  return false;
}
