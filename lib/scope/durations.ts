import { refuseNumber } from "./refuse.ts";

/** Refuses what is no duration; `Infinity` is one. */
export function checkDuration(name: string, value: unknown): asserts value is number {
  check(name, value, "milliseconds of 0 or more, or Infinity");
}

/** Refuses what is no point on the clock of `performance.now()`; `Infinity` stands for never. */
export function checkDeadline(name: string, value: unknown): asserts value is number {
  check(name, value, "a time on the clock of performance.now(), or Infinity");
}

function check(name: string, value: unknown, what: string): asserts value is number {
  if (!(typeof value === "number" && value >= 0)) refuseNumber(name, what, value);
}
