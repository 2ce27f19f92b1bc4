import { type AsyncHook, createHook } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** What only listens to the outside world, and so may be there for ever. */
const PASSIVE = new Set([
  // A timer that cannot be skipped is seen below.
  "Timeout",
  "FSEventWrap",
  "PipeServerWrap",
  "SignalWrap",
  "StatWatcher",
  "TCPServerWrap",
  "TTYWrap",
]);

/** Objects that stand for something open; everything else that Node lists is a request under way. */
const HANDLES = /^(MessagePort|PipeWrap|ProcessWrap|TCPSocketWrap|UDPWRAP|Worker)$/;

/** Handles that were open before, and are nobody's business here. */
let before = handles();

/** The part of what can happen that Node does not list, or lists with what was there before. */
class Unlisted {
  /** Jobs of node:crypto. A synchronous one never gets its callback. */
  readonly #jobs = new Map<number, { ondone?: unknown }>();
  /** Those of the host that were started since; what is started with the global functions is in virtual time. */
  readonly #timers = new Map<number, { readonly _destroyed?: boolean; hasRef(): boolean }>();
  readonly #hook: AsyncHook;
  #calls = 0;
  readonly #offloaded = (): void => void this.#calls++;
  readonly #settled = (): void => void this.#calls--;

  constructor() {
    const forget = (id: number): void => void this.#jobs.delete(id);
    this.#hook = createHook({
      init: (id, type, _trigger, job) => {
        if (type.endsWith("REQUEST")) this.#jobs.set(id, job);
        else if (type === "Timeout" && "_destroyed" in job) this.#timers.set(id, job as never);
      },
      after: forget,
      destroy: forget,
    }).enable();
    subscribe("skein:thread:offload", this.#offloaded);
    subscribe("skein:thread:settle", this.#settled);
  }

  get busy(): boolean {
    if (this.#calls > 0) return true;
    for (const [id, timer] of this.#timers) {
      if (timer._destroyed === true) this.#timers.delete(id);
      else if (timer.hasRef()) return true;
    }
    for (const [id, job] of this.#jobs) {
      if (typeof job.ondone === "function") return true;
      this.#jobs.delete(id);
    }
    return false;
  }

  stop(): void {
    this.#hook.disable();
    unsubscribe("skein:thread:offload", this.#offloaded);
    unsubscribe("skein:thread:settle", this.#settled);
  }
}

let unlisted: Unlisted | null = null;

/** From now on, what is open counts as being there before, and jobs and calls in threads are watched. */
export function watchActivity(): () => void {
  const outer = { before, unlisted };
  before = handles();
  const watched = (unlisted = new Unlisted());
  return () => {
    watched.stop();
    ({ before, unlisted } = outer);
  };
}

/** Whether something is under way that can go on without time passing: I/O, a thread, a callback that is due. */
export function isActive(): boolean {
  if (unlisted?.busy === true) return true;
  const open = handles();
  for (const [type, count] of open) {
    if (!HANDLES.test(type)) return true;
    const known = before.get(type) ?? 0;
    if (count > known) return true;
  }
  // What was open before and is closed now makes no room for others.
  for (const [type, known] of before) before.set(type, Math.min(known, open.get(type) ?? 0));
  return false;
}

function handles(): Map<string, number> {
  // Node opens these on first use, which is no work.
  void [process.stdout, process.stderr];
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (!PASSIVE.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
