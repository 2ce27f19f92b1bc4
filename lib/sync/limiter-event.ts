import { channel } from "../host.ts";

/**
 * What is published on the diagnostics channel `skein:limiter:create`, at the end of the constructor.
 *
 * @public
 */
export interface LimiterEvent {
  readonly kind: "CapacityLimiter" | "RateLimiter" | "Semaphore";
  /** The limiter. */
  readonly limiter: { statistics(): object };
}

const creations = /* @__PURE__ */ channel("skein:limiter:create");

let quiet = false;

/** Makes limiters of the library's own, that nobody is told of. */
export function unannounced<T>(make: () => T): T {
  quiet = true;
  try {
    return make();
  } finally {
    quiet = false;
  }
}

export function announceLimiter(
  kind: LimiterEvent["kind"],
  limiter: LimiterEvent["limiter"],
): void {
  if (quiet) return;
  if (creations.hasSubscribers) creations.publish({ kind, limiter } satisfies LimiterEvent);
}
