export type {} from "../scope/globals.ts";
export { type ExecutorClaim, executorContract } from "./executor-contract.ts";
