export type {} from "./scope/globals.ts";
export { assertNoTasks } from "./testing/assert-no-tasks.ts";
export { untilIdle } from "./testing/until-idle.ts";
export { type VirtualClock, withVirtualClock } from "./testing/virtual-clock.ts";
export { type Schedule, withSeed } from "./testing/with-seed.ts";
