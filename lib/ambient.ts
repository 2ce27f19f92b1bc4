export type {} from "./scope/globals.ts";
export {
  all,
  allSettled,
  any,
  hedge,
  mapConcurrent,
  race,
  retry,
  streamConcurrent,
} from "./ambient/combinators.ts";
export { currentScope } from "./ambient/current-scope.ts";
export { openDependencies, resolveDependencies } from "./ambient/dependencies.ts";
export { runProcess } from "./ambient/processes.ts";
export {
  cancelScope,
  checkpoint,
  failAfter,
  moveOnAfter,
  shield,
  sleep,
} from "./ambient/scopes.ts";
export { main, openTaskGroup, spawn, taskGroup } from "./ambient/tasks.ts";
export { invoke, iterateInThreadpool, runInThreadpool, threaded } from "./ambient/threads.ts";
