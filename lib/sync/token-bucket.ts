/**
 * Tokens that come in evenly until there are `burst`.
 *
 * What has been taken is counted since the bucket was last full, and times are multiplied from there and never added
 * up: nothing drifts, however long it is in use.
 */
export class TokenBucket {
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
  #fullAt = 0;
  /** Since then. */
  #taken = 0;

  constructor(limit: number, perMs: number, burst: number) {
    this.limit = limit;
    this.perMs = perMs;
    this.burst = burst;
  }

  /** Once it is full, no more comes in. */
  fill(time: number): void {
    // While it is full at this very moment, the count goes on: a steady stream is served to the fraction.
    if (this.#taken > 0 && this.#fullAt + this.#msFor(this.#taken) >= time) return;
    this.#fullAt = time;
    this.#taken = 0;
  }

  /** When so many tokens are there, if none is taken before. */
  timeOf(tokens: number): number {
    return this.#fullAt + this.#msFor(this.#taken + tokens - this.burst);
  }

  take(tokens: number): void {
    this.#taken += tokens;
  }

  /** How many tokens are there. */
  at(time: number): number {
    const { burst, limit, perMs } = this;
    const since = ((time - this.#fullAt) / perMs) * limit;
    let tokens = Math.max(0, Math.min(burst, Math.floor(burst - this.#taken + since)));
    // A fraction that rounding has taken or given.
    if (tokens < burst && this.timeOf(tokens + 1) <= time) tokens++;
    else if (tokens > 0 && this.timeOf(tokens) > time) tokens--;
    return tokens;
  }

  /** The clock has been put on by so much, and no time has passed. */
  shift(ms: number): void {
    this.#fullAt += ms;
  }

  #msFor(tokens: number): number {
    return (tokens * this.perMs) / this.limit;
  }
}
