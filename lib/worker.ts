export type {} from "./scope/globals.ts";
export { checkCancelled } from "./threads/check-cancelled.ts";
export { transfer } from "./threads/codec/transfer.ts";
export { progress } from "./threads/progress.ts";
