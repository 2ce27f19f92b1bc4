import type { Observer, Thread } from "./thread.ts";

/** What a worker may do before something else happens. */
export interface Way {
  /** Which of its moves it makes, one after the other. */
  readonly steps: readonly number[];
  /** The state of its thread afterwards. */
  readonly key: string;
  readonly isDead: boolean;
}

interface Tried {
  readonly thread: Thread;
  readonly observer: Observer;
  readonly steps: readonly number[];
  readonly key: string;
}

/** Tries out what workers may do while the main thread does nothing. That depends on nothing but the thread's own state. */
export class Ahead {
  /** Nothing is left out because it leads to the same as something else. */
  readonly isThorough: boolean;
  readonly #known = new Map<string, readonly Way[]>();
  /** What a worker did that came back to where it was instead of waiting. */
  circle: readonly string[] | undefined;

  constructor(isThorough: boolean) {
    this.isThorough = isThorough;
  }

  /** The ways whose last step is one that is wanted; of those that lead to the same state, the shortest. */
  ways(
    thread: Thread,
    what: string,
    observer: Observer,
    isWanted: (ahead: Thread) => boolean,
  ): readonly Way[] {
    if (thread.phase === "dead") return [];
    const key = `${what}/${observer.allows}/${thread.key}`;
    let ways = this.#known.get(key);
    if (ways === undefined) this.#known.set(key, (ways = this.#find(thread, observer, isWanted)));
    return ways;
  }

  #find(thread: Thread, observer: Observer, isWanted: (ahead: Thread) => boolean): Way[] {
    const start = unnoticed(observer);
    const first: Tried = {
      thread: thread.copy(start),
      observer: start,
      steps: [],
      key: `${thread.key}${start.mayCrash}`,
    };
    const met = new Set([first.key]);
    const found = new Map<string, Way>();
    const next = new Map<string, string[]>();
    const tried: Tried[] = [first];
    for (const from of tried) {
      const count = from.thread.moves().length;
      for (let step = 0; step < count; step++) {
        const to = after(from, step);
        if (isWanted(to.thread) && !found.has(to.key)) {
          const { key, phase } = to.thread;
          found.set(to.key, { steps: to.steps, key, isDead: phase === "dead" });
        }
        next.set(from.key, [...(next.get(from.key) ?? []), to.key]);
        if (met.has(to.key)) continue;
        met.add(to.key);
        tried.push(to);
        if (tried.length > 5000) throw new Error("A worker has more than 5000 states by itself");
      }
    }
    if (this.circle === undefined && hasCircle(first.key, next)) this.circle = [thread.key];
    return [...found.values()];
  }
}

function after({ thread, observer, steps }: Tried, step: number): Tried {
  const ownObserver = unnoticed(observer);
  const copy = thread.copy(ownObserver);
  copy.moves()[step]!.run();
  return {
    thread: copy,
    observer: ownObserver,
    steps: [...steps, step],
    key: `${copy.key}${ownObserver.mayCrash}`,
  };
}

function unnoticed(observer: Observer): Observer {
  return {
    mayCrash: observer.mayCrash,
    waiting: observer.waiting,
    allows: "",
    isOpen: (gate) => observer.isOpen(gate),
    took() {},
    noted() {},
  };
}

function hasCircle(start: string, next: ReadonlyMap<string, readonly string[]>): boolean {
  const open = new Set<string>();
  const done = new Set<string>();
  const visit = (key: string): boolean => {
    if (open.has(key)) return true;
    if (done.has(key)) return false;
    open.add(key);
    const found = (next.get(key) ?? []).some(visit);
    open.delete(key);
    done.add(key);
    return found;
  };
  return visit(start);
}
