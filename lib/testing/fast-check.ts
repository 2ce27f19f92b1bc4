export type {} from "../scope/globals.ts";
import { array, type Arbitrary, nat } from "fast-check";
import { KnownOptions } from "../scope/options.ts";
import { checkLength } from "../scope/option-values.ts";
import type { Schedule } from "./with-seed.ts";

const CONSTRAINTS = /* @__PURE__ */ new KnownOptions<{ maxLength?: number | undefined }>(
  "A schedule",
  () => ({
    maxLength: checkLength,
  }),
);

/**
 * Schedules for `withSeed`, as an arbitrary of fast-check: what fails is shrunk to the fewest steps away from the
 * usual order. Needs `fast-check`, which is an optional peer dependency.
 *
 * @param constraints - `maxLength`: after how many steps the usual order takes over; 100 by default
 * @throws TypeError or RangeError, synchronously, if a constraint is invalid
 *
 * @example
 * ```ts
 * import fc from "fast-check";
 * import { sleep, taskGroup } from "skein";
 * import { withSeed } from "skein/testing";
 * import { schedules } from "skein/testing/fast-check";
 *
 * await fc.assert(
 *   fc.asyncProperty(schedules(), (schedule) =>
 *     withSeed(schedule, async () => {
 *       let count = 0;
 *       await taskGroup((group) => {
 *         for (let i = 0; i < 3; i++) group.spawn((task) => sleep(0, task).then(() => count++));
 *       });
 *       return count === 3;
 *     }),
 *   ),
 * );
 * ```
 *
 * @public
 */
export function schedules(constraints?: { maxLength?: number | undefined }): Arbitrary<Schedule> {
  const { maxLength = 100 } = CONSTRAINTS.read(constraints);
  return array(nat({ max: 1_000 }), { maxLength, size: "max" });
}
