/** A module of the program: it hands on what packages have, and has things that cannot be copied. */
export { groupBy } from "lodash-es";
import semver from "semver";
import { z } from "zod";
export const semverGt = semver.gt;
export const own = (x) => x + offset;
const offset = 10;
export const schema = z.object({ a: z.number() });
export class Temp {
  static unit = new Temp();
  f() {
    return 1;
  }
}
class Registry {
  #m = new Map();
  size() {
    return this.#m.size;
  }
}
export const registry = new Registry();
let calls = 0;
export function twice(x) {
  return x * 2 + calls;
}
