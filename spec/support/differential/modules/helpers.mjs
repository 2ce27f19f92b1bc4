// What the generated modules import from a module of the program.
const scale = 3;
let steps = 0;

export const triple = (n) => [n, scale];
export const step = () => (steps += 1);
export default function half(n) {
  return [n, "half"];
}
export class Money {
  #cents;
  constructor(cents) {
    this.#cents = cents;
  }
  static of(cents) {
    return new Money(cents);
  }
  get cents() {
    return this.#cents;
  }
}
export const config = { deep: { list: [1, 2] }, name: "config" };
export const registry = new Map([["key", { n: 1 }]]);
export const fixed = new Money(7);
export { dashed as renamed, secret } from "./more.mjs";
export * as more from "./more.mjs";
export * from "./circle-a.mjs";
export { default as legacy } from "./legacy.cjs";
