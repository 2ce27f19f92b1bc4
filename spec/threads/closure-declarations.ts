import { declareFunction } from "../../lib/threads/closure/declared.ts";

const factor = 10;

/** Declared by this module in this order. */
export const declared: ((n: number) => number)[] = [
  (n: number): number => n * factor,
  (n: number): number => n + factor,
];

for (const fn of declared) declareFunction(import.meta, fn);
