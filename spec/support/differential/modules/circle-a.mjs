// oxlint-disable-next-line import/no-cycle -- programs have circles
import { isOdd } from "./circle-b.mjs";

export const isEven = (n) => n === 0 || isOdd(n - 1);
