// A module that declares a storage and a context, imported by the program and by the threads.
import { AsyncLocalStorage } from "node:async_hooks";
import { threadContext, threaded } from "skein";

export const logContext = new AsyncLocalStorage();
export const traces = new AsyncLocalStorage();
threadContext(import.meta, logContext);
threadContext(import.meta, {
  capture: () => traces.getStore()?.header,
  run: (header, fn) => traces.run({ header, from: logContext.getStore()?.id }, fn),
});

export const read = threaded(import.meta, () => [logContext.getStore(), traces.getStore()]);
