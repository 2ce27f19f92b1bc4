/** How deep inside a module's exports a function is looked for: `exports.default.chunk` is two. */
const DEEPEST = 2;

/** What a module exports, and what is in that, nearest first; each with the names that lead to it. */
export function* exportedBy(
  root: unknown,
): Generator<readonly [value: object, names: readonly string[]]> {
  const queue: (readonly [value: unknown, names: readonly string[]])[] = [[root, []]];
  for (const [value, names] of queue) {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject) continue;
    yield [value as object, names];
    if (names.length >= DEEPEST) continue;
    for (const name of Object.keys(value as object)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, name);
      // Exports of transpiled modules are accessors that only read a variable; deeper ones may do anything.
      const isReadable = descriptor !== undefined && (names.length === 0 || "value" in descriptor);
      if (isReadable) queue.push([(value as Record<string, unknown>)[name], [...names, name]]);
    }
  }
}
