import { type AsyncHook, createHook } from "node:async_hooks";
import { subscribe, unsubscribe } from "../../host.ts";

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

/** What was open before, and is nobody's business here. */
let before = open();

/** The part of what can happen that Node does not list, or lists with what was there before. */
class Unlisted {
  /** Jobs of node:crypto. A synchronous one never gets its callback. */
  readonly #jobs = new Map<number, { ondone?: unknown }>();
  /** Those of the host that were started since; what is started with the global functions is in virtual time. */
  readonly #timers = new Map<number, { readonly _destroyed?: boolean; hasRef(): boolean }>();
  /** Streams of node:zlib, which have a buffer while a thread works on it. */
  readonly #zlib = new Map<number, { readonly buffer?: unknown }>();
  /** What a native add-on has begun: a job in a thread, or something that is there for longer. */
  readonly #native = new Set<number>();
  readonly #hook: AsyncHook;
  /** How much was begun since. */
  begun = 0;
  #calls = 0;
  readonly #offloaded = (): void => void this.#calls++;
  readonly #settled = (): void => void this.#calls--;

  constructor() {
    const ended = (id: number): void => {
      this.#jobs.delete(id);
      this.#native.delete(id);
    };
    this.#hook = createHook({
      init: (id, type, _trigger, resource) => {
        this.begun++;
        if (type.endsWith("REQUEST")) this.#jobs.set(id, resource);
        else if (type === "ZLIB") this.#zlib.set(id, resource);
        else if (type === "Timeout") {
          if ("_destroyed" in resource) this.#timers.set(id, resource as never);
        } else if (type !== "TickObject" && isPlain(resource)) this.#native.add(id);
      },
      after: ended,
      destroy: (id) => {
        ended(id);
        this.#zlib.delete(id);
      },
    }).enable();
    subscribe("tracing:skein:thread:start", this.#offloaded);
    subscribe("tracing:skein:thread:asyncEnd", this.#settled);
  }

  get busy(): boolean {
    if (this.#calls > 0) return true;
    if (this.#pendingTimers().some((timer) => timer.hasRef())) return true;
    for (const { buffer } of this.#zlib.values()) if (buffer) return true;
    for (const [id, job] of this.#jobs) {
      if (typeof job.ondone === "function") return true;
      this.#jobs.delete(id);
    }
    return false;
  }

  /** Whether there is what may bring something, sooner or later or never. */
  get canBringMore(): boolean {
    return this.#native.size > 0 || this.#pendingTimers().length > 0;
  }

  #pendingTimers(): { hasRef(): boolean }[] {
    for (const [id, timer] of this.#timers) if (timer._destroyed === true) this.#timers.delete(id);
    return [...this.#timers.values()];
  }

  stop(): void {
    this.#hook.disable();
    unsubscribe("tracing:skein:thread:start", this.#offloaded);
    unsubscribe("tracing:skein:thread:asyncEnd", this.#settled);
  }
}

let unlisted: Unlisted | null = null;

/**
 * So long nothing may begin, in milliseconds of real time. There is work that Node does not tell of: what a test runner
 * does in another process when a module is imported, say.
 */
export const GRACE_MS = 1_000;

/** From now on, what is open counts as being there before, and jobs and calls in threads are watched. */
export function watchActivity(): () => void {
  const outer = { before, unlisted };
  before = open();
  const watched = (unlisted = new Unlisted());
  return () => {
    watched.stop();
    ({ before, unlisted } = outer);
  };
}

/** Whether something is under way that can go on without time passing: I/O, a thread, a callback that is due. */
export function isActive(): boolean {
  if (unlisted?.busy === true) return true;
  const now = open();
  for (const [type, count] of now) {
    if (PASSIVE.has(type)) continue;
    if (!HANDLES.test(type) || count > (before.get(type) ?? 0)) return true;
  }
  // What was open before and is closed now makes no room for others.
  for (const [type, known] of before) before.set(type, Math.min(known, now.get(type) ?? 0));
  return false;
}

/**
 * Whether the outside world can still bring something, although nothing is under way: a server listens, a signal, a
 * file or a real timer is waited for, a native add-on has something open.
 */
export function canHearMore(): boolean {
  if (unlisted?.canBringMore === true) return true;
  for (const [type, count] of open()) {
    if (type !== "Timeout" && count > (before.get(type) ?? 0)) return true;
  }
  return false;
}

/** How much was begun since everything is watched. */
export function begunSoFar(): number {
  return unlisted?.begun ?? 0;
}

function open(): Map<string, number> {
  // Node opens these on first use, which is no work.
  void [process.stdout, process.stderr];
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** Node's own resources have classes of their own. */
function isPlain(resource: object): boolean {
  return Object.getPrototypeOf(resource) === Object.prototype;
}
