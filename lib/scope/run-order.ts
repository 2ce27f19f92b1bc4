/** Something that time or the event loop brings. */
export interface Due {
  /** Called once, when it is due or later. */
  _expire(): void;
  /** Whether it may come late, as a sleeper may; a deadline may not. */
  readonly _slips?: boolean;
}

/**
 * Decides in which order what is ready goes on; tests install one to try orders that come up rarely. What it does not
 * keep goes on as if there were none.
 */
export interface RunOrder {
  /** Whether it keeps `goOn` for later, instead of it being called now. */
  keeps(whose: object | null, goOn: () => void): boolean;
  /** The same for the beginning of a task. Tasks begin in the order of spawning in any case. */
  keepsBegin(whose: object, goOn: () => void): boolean;
  /** Lets what is due expire, now or later. */
  fire(due: Due): void;
  /** Whether it has kept something that has not gone on. */
  readonly isHolding: boolean;
}

/** `null` lets everything go on as soon as it is ready. */
export let runOrder: RunOrder | null = null;

/** @returns what was there before */
export function setRunOrder(next: RunOrder | null): RunOrder | null {
  const before = runOrder;
  runOrder = next;
  return before;
}

/**
 * What has gone through without waiting: the one who asked for it goes on when it is its turn.
 *
 * @param whose - the scope that it was asked for in, or what else tells who it is
 */
export function inRunOrder<T>(whose: object | null, result: Promise<T>): Promise<T> {
  return runOrder === null ? result : kept(runOrder, whose, result);
}

/** By itself, so that without one nothing is made for it. */
function kept<T>(order: RunOrder, whose: object | null, result: Promise<T>): Promise<T> {
  let goOn!: () => void;
  const turn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  return order.keeps(whose, goOn) ? turn.then(() => result) : result;
}
