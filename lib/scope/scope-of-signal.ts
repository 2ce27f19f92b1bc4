import type { Trunk } from "./branch.ts";

/** The scope that stands for a signal: the one that made it, or the one that adopted it. */
export const scopeOfSignal: WeakMap<AbortSignal, Trunk> = new WeakMap();
