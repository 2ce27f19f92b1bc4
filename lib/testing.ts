export type {} from "./scope/globals.ts";
export { assertNoTasks } from "./testing/assert-no-tasks.ts";
export { ExplorationError } from "./testing/exploration-error.ts";
export { explore, type Explored, type ExploreOptions } from "./testing/explore.ts";
export type { VirtualClock } from "./testing/jumping-clock.ts";
export { untilIdle } from "./testing/until-idle.ts";
export { type VirtualClockOptions, withVirtualClock } from "./testing/virtual-clock.ts";
export { type Schedule, type SeedOptions, withSeed } from "./testing/with-seed.ts";
