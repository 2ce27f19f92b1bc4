export type {} from "../scope/globals.ts";
import { array, type Arbitrary, nat } from "fast-check";
import type { Schedule } from "./with-seed.ts";

/**
 * Schedules for {@link withSeed}, as an arbitrary of fast-check: what fails is shrunk to the fewest steps away from the
 * usual order. Needs `fast-check`, which is an optional peer dependency.
 *
 * @param constraints - `maxLength`: after how many steps the usual order takes over; 100 by default
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
export function schedules(constraints: { maxLength?: number } = {}): Arbitrary<Schedule> {
  return array(nat({ max: 1_000 }), { maxLength: constraints.maxLength ?? 100, size: "max" });
}
