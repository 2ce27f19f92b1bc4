import v8 from "node:v8";
import { runInNewContext } from "node:vm";

v8.setFlagsFromString("--expose-gc");

/** Collects everything that can be, at once. */
export const collect = runInNewContext("gc");
