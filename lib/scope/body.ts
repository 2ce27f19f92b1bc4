import { refuse } from "./refuse.ts";

/** Refuses what cannot be called, naming it. */
export function checkBody(name: string, value: unknown): void {
  if (typeof value !== "function") refuse(name, "a function", value);
}

/** Refuses a generator that came out of a function by mistake: nobody would ever run it. */
export function refuseGenerator(result: unknown, fn: { readonly name: string }): void {
  if (typeof result !== "object" || result === null || result instanceof Promise) return;
  const tag = Object.prototype.toString.call(result);
  if (tag !== "[object Generator]" && tag !== "[object AsyncGenerator]") return;
  const name = fn.name === "" ? "an anonymous function" : `\`${fn.name}\``;
  throw new TypeError(
    `Expected ${name} to be a plain or async function, but it returned a generator, which nothing would run. Write \`async function\` without the \`*\``,
  );
}
