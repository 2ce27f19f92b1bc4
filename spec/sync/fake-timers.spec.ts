import { describe, expect, it, vi } from "vitest";
import { checkpoint, RateLimiter, sleep } from "../../lib/index.ts";

describe("RateLimiter", () => {
  it("goes on under fake timers, and after them, from where it was", async () => {
    const limiter = new RateLimiter({ limit: 1, perMs: 1_000_000, burst: 1 });
    limiter.tryAcquire();
    let served = false;
    const waiting = limiter.acquire().then(() => (served = true));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      // Whatever uses the clock moves all to the new one.
      void sleep(1);
      expect(limiter.statistics().delayMs).toBeGreaterThan(1_900_000);
      vi.advanceTimersByTime(999_000);
      await checkpoint();
      expect(served).toBe(false);
      vi.advanceTimersByTime(1_100);
      await waiting;
      expect(limiter.tryAcquire()).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
    expect(limiter.statistics().delayMs).toBeLessThanOrEqual(1_000_000);
  });

  it("believes fake timers that leave the clock alone", async () => {
    const limiter = new RateLimiter({ limit: 1, perMs: 1_000_000, burst: 1 });
    limiter.tryAcquire();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const waiting = limiter.acquire();
      vi.advanceTimersByTime(1_000_001);
      await waiting;
    } finally {
      vi.useRealTimers();
    }
    expect(limiter.tryAcquire()).toBeUndefined();
  });
});
