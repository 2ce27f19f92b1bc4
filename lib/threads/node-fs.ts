/** Importing `node:fs` loads streams along, for its namespace has them; its functions do not need them. */
export function nodeFs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}
