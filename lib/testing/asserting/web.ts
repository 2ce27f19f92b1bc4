import type { StorageClass } from "../../host/contract.ts";

// What claims are made with, where there is no `node:assert`. It tells values apart that calls have to keep apart, and
// no others.

class AssertionError extends Error {
  override readonly name = "AssertionError";
}

export const AsyncLocalStorage: StorageClass | undefined = undefined;

export const bytes: Uint8Array = new TextEncoder().encode("bytes");

export function ok(value: unknown, message = "Expected what is true"): asserts value {
  if (!(value as boolean)) throw new AssertionError(message);
}

export function strictEqual<T>(actual: unknown, expected: T): asserts actual is T {
  ok(Object.is(actual, expected), `Expected ${show(expected)}, got ${show(actual)}`);
}

export function deepStrictEqual<T>(actual: unknown, expected: T): asserts actual is T {
  ok(isSame(actual, expected, new Map()), `Expected ${show(expected)}, got ${show(actual)}`);
}

export async function rejects(promise: Promise<unknown>): Promise<void> {
  const hasRejected = await promise.then(
    () => false,
    () => true,
  );
  ok(hasRejected, "Expected a rejection");
}

export function throws(call: () => unknown, kind: new () => Error): void {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  ok(thrown instanceof kind, `Expected ${kind.name} to be thrown, got ${show(thrown)}`);
}

function isSame(one: unknown, other: unknown, seen: Map<unknown, unknown>): boolean {
  if (Object.is(one, other) || (seen.has(one) && seen.get(one) === other)) return true;
  if (typeof one !== "object" || typeof other !== "object") return false;
  if (one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  seen.set(one, other);
  const [parts, others] = [partsOf(one), partsOf(other)];
  return (
    parts.length === others.length &&
    parts.every((part, index) => isSame(part, others[index], seen))
  );
}

/** What makes up an object: its properties, and what it holds besides. */
function partsOf(value: object): unknown[] {
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  return Object.entries(value).flat();
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
