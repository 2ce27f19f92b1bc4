import type { ParentScope } from "./scope-child.ts";

/** What ambient scopes bring in once somebody uses them. Everything works without. */
export interface Ambience {
  /** The scope that the running code belongs to. */
  current(): ParentScope | null;
  /** Calls a body, a task's function or a callback with its own scope as the current one. */
  run<S, R>(scope: S, fn: (scope: S) => R): R;
}

/** `null` until then, and so the price of one comparison for all others. */
export let ambience: Ambience | null = null;

export function setAmbience(brought: Ambience): void {
  ambience = brought;
}
