import { ambience } from "../scope/ambience.ts";
import type { Trunk } from "../scope/branch.ts";
import { Scope } from "../scope/scope.ts";

/** What must have ended before a lifetime that it is in can be closed: a resolution, or a lifetime that makes its values. */
export interface Guest {
  readonly _ended: boolean;
  /** Whether it is in this open lifetime, or in one inside it. */
  _isIn(host: object): boolean;
}

/** The scope above those of a guest's setups. */
export abstract class GuestScope extends Scope {
  abstract readonly _guest: Guest;
}

/** Whose code runs at this moment: known up to its first `await`. */
let running: Guest | null = null;

/** Code of a guest begins. @returns what to {@link leave} with when it has returned or thrown */
export function enter(guest: Guest): Guest | null {
  const outer = running;
  running = guest;
  return outer;
}

export function leave(outer: Guest | null): void {
  running = outer;
}

/** The guest of an open lifetime that the running code is part of, as far as that can be told. */
export function guestIn(host: object): Guest | undefined {
  if (running?._isIn(host) === true) return running;
  const current = ambience?.current() ?? null;
  if (current === null || current._ended) return undefined;
  for (let trunk: Trunk | null = current; trunk !== null; trunk = trunk._parent) {
    if (trunk instanceof GuestScope && trunk._guest._isIn(host)) return trunk._guest;
  }
  return undefined;
}
