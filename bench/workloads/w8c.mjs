import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

/** So many in an hour that there is always a token. */
const PER_HOUR = 1_000_000_000;
const HOUR = 3_600_000;

export default {
  id: "W8c",
  title: "A rate limiter with tokens left",
  about: "Asked for a token again and again by one task, and there always is one.",
  operation: "token",
  size: 300_000,
  floor: {
    name: "a bucket by hand",
    async run(size) {
      let tokens = PER_HOUR;
      let seen = performance.now();
      const take = async () => {
        const now = performance.now();
        tokens = Math.min(PER_HOUR, tokens + ((now - seen) * PER_HOUR) / HOUR);
        seen = now;
        if (tokens < 1) throw new Error("there always is one");
        tokens--;
      };
      let inside = 0;
      for (let i = 0; i < size; i++) {
        await take();
        inside++;
      }
      same(inside, size);
    },
  },
  ours: [
    {
      name: "RateLimiter acquire",
      make:
        ({ RateLimiter }) =>
        async (size) => {
          const limiter = new RateLimiter({ limit: PER_HOUR, perMs: HOUR });
          let inside = 0;
          for (let i = 0; i < size; i++) {
            await limiter.acquire();
            inside++;
          }
          same(inside, size);
        },
    },
    {
      name: "RateLimiter with",
      make:
        ({ RateLimiter }) =>
        async (size) => {
          const limiter = new RateLimiter({ limit: PER_HOUR, perMs: HOUR });
          let inside = 0;
          for (let i = 0; i < size; i++) await limiter.with(() => inside++);
          same(inside, size);
        },
    },
  ],
  rivals: [
    {
      name: "limiter removeTokens",
      size: 100_000,
      async make() {
        const { RateLimiter } = await rival("limiter");
        return async (size) => {
          const limiter = new RateLimiter({ tokensPerInterval: PER_HOUR, interval: HOUR });
          let inside = 0;
          for (let i = 0; i < size; i++) {
            await limiter.removeTokens(1);
            inside++;
          }
          same(inside, size);
        };
      },
    },
    {
      name: "bottleneck schedule",
      size: 1_000,
      async make() {
        const { default: Bottleneck } = await rival("bottleneck");
        return async (size) => {
          const limiter = new Bottleneck({ reservoir: PER_HOUR });
          let inside = 0;
          for (let i = 0; i < size; i++) await limiter.schedule(async () => inside++);
          await limiter.disconnect();
          same(inside, size);
        };
      },
    },
    {
      name: "p-throttle",
      size: 300,
      async make() {
        const { default: pThrottle } = await rival("p-throttle");
        return async (size) => {
          let inside = 0;
          const enter = pThrottle({ limit: PER_HOUR, interval: HOUR })(() => inside++);
          for (let i = 0; i < size; i++) await enter();
          same(inside, size);
        };
      },
    },
  ],
};
