/** Decides in which order what is ready goes on; tests install one to try orders that chance would bring. */
export interface Turns {
  /** Settles once `ready` has and a task may begin. Tasks begin in the order of spawning in any case. */
  begin(ready: Promise<void>): Promise<void>;
  /** Settles like a wait's promise, when its turn has come. */
  resume<T>(wait: Promise<T>): Promise<T>;
}

/** `null` lets everything go on in the order in which it became ready. */
export let turns: Turns | null = null;

/** @returns what was there before */
export function setTurns(next: Turns | null): Turns | null {
  const before = turns;
  turns = next;
  return before;
}
