/** How keys of a queue begin, unless it is said. BullMQ's own. */
export const PREFIX = "bull";

/** The keys of a queue that are not BullMQ's. */
export class Keys {
  readonly #base: string;

  constructor(prefix: string, queue: string) {
    this.#base = `${prefix}:${queue}:skein`;
  }

  /** What callers say to all workers. */
  get control(): string {
    return `${this.#base}:control`;
  }

  /** What workers say to the callers of a lane. */
  reply(lane: number): string {
    return `${this.#base}:reply:${lane}`;
  }

  /** That a call is not to be run again. */
  cancelled(callId: string): string {
    return `${this.#base}:cancelled:${callId}`;
  }
}
