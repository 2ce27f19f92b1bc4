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

/**
 * Calls `fn` once the permit is there and releases that once the call has settled.
 *
 * @param named - the function as the user wrote it, for messages about it
 */
export async function holding<T>(
  acquired: Promise<Permit>,
  fn: () => T | PromiseLike<T>,
  named: { readonly name: string } = fn,
): Promise<T> {
  const permit = await acquired;
  try {
    const result = fn();
    refuseGenerator(result, named);
    return await result;
  } finally {
    permit.release();
  }
}
