/**
 * Which callers are there. Each says so again and again, on the stream that the worker's own pulse is on. What counts
 * is the time on that stream: as long as the worker does not hear itself, it cannot expect to hear others.
 */
export class Leases {
  readonly #leaseMs: number;
  /** When a caller was heard of last. */
  readonly #heard = new Map<string, number>();
  #pulseAt: number;

  constructor(leaseMs: number, now: number) {
    this.#leaseMs = leaseMs;
    this.#pulseAt = now;
  }

  /** A caller was heard of, or has a call here that nothing is known of so far. */
  hear(caller: string, now: number): void {
    this.#heard.set(caller, now);
  }

  meet(caller: string, now: number): void {
    if (!this.#heard.has(caller)) this.#heard.set(caller, now);
  }

  /** The worker has heard itself. Gives the callers that are gone. */
  pulse(now: number): readonly string[] {
    const wasCutOff = now - this.#pulseAt > this.#leaseMs / 2;
    this.#pulseAt = now;
    const gone: string[] = [];
    for (const [caller, at] of this.#heard) {
      if (wasCutOff) this.#heard.set(caller, now);
      else if (now - at > this.#leaseMs) {
        gone.push(caller);
        this.#heard.delete(caller);
      }
    }
    return gone;
  }
}
