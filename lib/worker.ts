export type {} from "./scope/globals.ts";
export { callId } from "./threads/call-id.ts";
export { checkCancelled } from "./threads/check-cancelled.ts";
export { transfer } from "./threads/codec/transfer.ts";
export { progress } from "./threads/progress.ts";
