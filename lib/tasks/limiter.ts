import type { ScopeLike } from "../scope/cancel-scope.ts";
import { refuse } from "../scope/refuse.ts";
import type { Scope } from "../scope/scope.ts";
import { Wait } from "../scope/wait.ts";

/**
 * A limiter that hands out permits: skein's `CapacityLimiter` and `RateLimiter`, or anything of the shape of TC39's
 * Governor.
 *
 * @public
 */
export interface Limiter {
  acquire(scope?: ScopeLike): PromiseLike<{ release(): void }>;
}

/**
 * A limit function as made by `p-limit`.
 *
 * @public
 */
export interface LimitFunction {
  (fn: () => PromiseLike<void>): PromiseLike<void>;
  readonly activeCount: number;
}

/** Refuses what hands out no permits. */
export function checkLimiter(name: string, value: unknown): asserts value is Limiter {
  if (!isLimiter(value)) refuse(name, "a limiter with `acquire`", value);
}

export function isLimiter(value: unknown): value is Limiter {
  return typeof (value as Partial<Limiter> | null | undefined)?.acquire === "function";
}

export function isLimitFunction(value: unknown): value is LimitFunction {
  return typeof value === "function" && "activeCount" in value;
}

/** The permits of a limiter: a limit function's are its calls. */
export function limiterOf(limiter: Limiter | LimitFunction): Limiter {
  if (!isLimitFunction(limiter)) return limiter;
  return {
    acquire: () =>
      new Promise((resolve, reject) => {
        const called = (): Promise<void> =>
          new Promise((release) => {
            resolve({ release });
          });
        limiter(called).then(undefined, reject);
      }),
  };
}

/** Waits for a permit of a limiter that may know nothing of cancellation: what it gives too late goes back to it. */
export function permitOf(limiter: Limiter, scope: Scope): Promise<{ release(): void }> {
  const wait = new Wait<{ release(): void }>(scope);
  void askFor(limiter, scope, wait);
  return wait.promise;
}

async function askFor(
  limiter: Limiter,
  scope: Scope,
  wait: Wait<{ release(): void }>,
): Promise<void> {
  let permit: { release(): void };
  try {
    permit = await limiter.acquire(scope);
  } catch (error) {
    wait.fail(error);
    return;
  }
  if (!wait.grant(permit)) permit.release();
}
