import { CancelledError, type Origin, ShipError, SkeinError } from "skein";

export function origin(error: unknown): Origin | undefined {
  return error instanceof CancelledError ? error.origin : undefined;
}

export function code(error: SkeinError): string {
  return error.code;
}

export const path: readonly string[] = new ShipError("cannot travel", ["f"]).path;

// @ts-expect-error: an origin is one of a few words
export const wrong: Origin = "elsewhere";
