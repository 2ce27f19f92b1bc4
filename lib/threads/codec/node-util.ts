/**
 * What is seldom needed of `node:util`. Importing it loads streams and worker threads along from Node 22 on, which
 * every program would pay for; `node:util/types` loads nothing.
 */
export function nodeUtil(): typeof import("node:util") {
  return process.getBuiltinModule("node:util");
}
