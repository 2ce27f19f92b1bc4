import { View } from "./memory.ts";

/** What holds no state of its own, or none that matters. */
const SKIPPED = new Set([
  "_order",
  "api",
  "code",
  "context",
  "fn",
  "keeper",
  "mailbox",
  "port",
  "shared",
  "site",
]);

/**
 * Writes down the state of objects: their fields, and those of all that they refer to. Two states with the same text
 * cannot be told apart by the code that works on them, apart from what is in closures and in promises.
 */
export function fingerprint(...roots: readonly unknown[]): string {
  const parts: string[] = [];
  const met = new Map<object, number>();

  const write = (value: unknown): void => {
    if (typeof value !== "object" || value === null) {
      parts.push(typeof value === "string" ? JSON.stringify(value) : plain(value));
      return;
    }
    const before = met.get(value);
    if (before !== undefined) {
      parts.push(`@${before}`);
      return;
    }
    met.set(value, met.size);
    // What is in memory is written down with the threads.
    if (value instanceof Promise || value instanceof View) parts.push("p");
    else if (value instanceof Error) parts.push(`${value.name}:${value.message}`);
    else if (value instanceof Set) list(value);
    else if (Array.isArray(value)) list(value);
    else if (value instanceof Map) {
      parts.push("{");
      for (const [key, item] of value as Map<unknown, unknown>) {
        write(key);
        parts.push(":");
        write(item);
      }
      parts.push("}");
    } else fields(value as Record<string, unknown>);
  };

  const list = (items: Iterable<unknown>): void => {
    parts.push("[");
    for (const item of items) {
      write(item);
      parts.push(",");
    }
    parts.push("]");
  };

  const fields = (object: Record<string, unknown>): void => {
    parts.push("(");
    for (const key in object) {
      const name = key.startsWith("_$") ? key.slice(2) : key;
      if (SKIPPED.has(name)) continue;
      const value = object[key];
      if (typeof value === "function") continue;
      if (name === "options") parts.push((value as { name: string }).name);
      else if (name === "busySince") parts.push(value === 0 ? "0" : "1");
      else write(value);
      parts.push(",");
    }
    parts.push(")");
  };

  for (const root of roots) write(root);
  return parts.join("");
}

function plain(value: unknown): string {
  if (value === undefined) return "u";
  return typeof value === "function"
    ? "f"
    : String(value as number | boolean | null | symbol | bigint);
}
