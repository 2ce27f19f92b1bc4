import { isDeepEqual } from "../codec/introspection.ts";

/** How long a chain of causes is followed. */
const CAUSES = 64;

/**
 * A generator in a thread was told of a failure, which is a copy there. Where what it throws in reply has a copy of
 * that copy as a cause, this puts the failure itself in its place.
 */
export function withToldAsCause(thrown: unknown, told: unknown): unknown {
  let link = thrown;
  for (let i = 0; i < CAUSES && link instanceof Error && Object.hasOwn(link, "cause"); i++) {
    if (isCopy(link.cause, told)) {
      link.cause = told;
      break;
    }
    link = link.cause;
  }
  return thrown;
}

function isCopy(value: unknown, original: unknown): boolean {
  if (value instanceof Error && original instanceof Error) {
    // Two errors that were made apart differ in the lines of their stacks.
    const { name, message, stack } = original;
    return value.name === name && value.message === message && value.stack === stack;
  }
  return isDeepEqual(value, original);
}
