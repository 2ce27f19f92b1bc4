// oxlint-disable-next-line import/no-cycle -- programs have circles
import { isEven } from "./circle-a.mjs";

export const isOdd = (n) => n !== 0 && isEven(n - 1);
