import { refuseGenerator } from "../scope/body.ts";

/**
 * The right to go ahead, until it is released. With `using permit = await limiter.acquire(scope)` that happens at
 * the end of the block.
 *
 * @public
 */
export interface Permit extends Disposable {
  /** Gives the right back, to whoever has waited longest. */
  release(): void;
}

/** Calls `fn` once what it needs is there, and releases that once the call has settled. */
export async function holding<This, Args extends unknown[], T>(
  acquired: Promise<{ release(): void }>,
  fn: (this: This, ...args: Args) => T | PromiseLike<T>,
  receiver: This,
  args: Args,
): Promise<T> {
  const held = await acquired;
  try {
    const result = fn.apply(receiver, args);
    refuseGenerator(result, fn);
    return await result;
  } finally {
    held.release();
  }
}
