import { waitsOnce } from "./tasks.mjs";
import { rival } from "../rivals/rival.mjs";

const LIMIT_MS = 30_000;

/** Ours, for W6a and W6b; `all` makes a run of many operations out of one that is guarded. */
export function ours(all) {
  return [
    {
      name: "failAfter",
      make: ({ failAfter }) => all((i) => failAfter(LIMIT_MS, () => waitsOnce(i))),
    },
    {
      name: "moveOnAfter",
      quick: false,
      make: ({ moveOnAfter }) =>
        all(async (i) => (await moveOnAfter(LIMIT_MS, () => waitsOnce(i))).value),
    },
  ];
}

/** The ways of others to give an operation a limit. */
export function guards(all, sizes) {
  return [
    {
      name: "a race with setTimeout",
      make: () =>
        all(
          (i) =>
            new Promise((resolve, reject) => {
              const timer = setTimeout(() => reject(new Error("too late")), LIMIT_MS);
              waitsOnce(i).then(
                (value) => {
                  clearTimeout(timer);
                  resolve(value);
                },
                (error) => {
                  clearTimeout(timer);
                  reject(error);
                },
              );
            }),
        ),
    },
    {
      name: "an AbortController and a timer",
      size: sizes.abortSignals,
      make: () => {
        const work = (i, signal) => {
          signal.throwIfAborted();
          return waitsOnce(i);
        };
        return all(async (i) => {
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort(), LIMIT_MS);
          try {
            return await work(i, controller.signal);
          } finally {
            clearTimeout(timer);
          }
        });
      },
    },
    {
      name: "AbortSignal.any and timeout",
      size: sizes.abortSignals,
      make: () => {
        const outer = new AbortController().signal;
        const work = (i, signal) => {
          signal.throwIfAborted();
          return waitsOnce(i);
        };
        return all((i) => work(i, AbortSignal.any([outer, AbortSignal.timeout(LIMIT_MS)])));
      },
    },
    {
      name: "p-timeout",
      size: 20_000,
      async make() {
        const { default: pTimeout } = await rival("p-timeout");
        return all((i) => pTimeout(waitsOnce(i), { milliseconds: LIMIT_MS }));
      },
    },
    {
      name: "abort-controller-x race",
      size: sizes.abortSignals,
      async make() {
        const { delay, race } = await rival("abort-controller-x");
        return all((i) =>
          race(new AbortController().signal, (signal) => [waitsOnce(i), delay(signal, LIMIT_MS)]),
        );
      },
    },
    {
      name: "effect 4 timeout",
      size: 20_000,
      async make() {
        const { Effect } = await rival("effect");
        return all((i) =>
          Effect.runPromise(
            Effect.timeout(
              Effect.promise(() => waitsOnce(i)),
              LIMIT_MS,
            ),
          ),
        );
      },
    },
    {
      name: "effection race with sleep",
      size: sizes.effection,
      async make() {
        const { race, run, sleep, until } = await rival("effection");
        return all((i) => run(() => race([until(waitsOnce(i)), sleep(LIMIT_MS)])));
      },
    },
    {
      name: "rxjs timeout",
      size: 10_000,
      slow: true,
      async make() {
        const { defer, lastValueFrom, timeout } = await rival("rxjs");
        return all((i) => lastValueFrom(defer(() => waitsOnce(i)).pipe(timeout(LIMIT_MS))));
      },
    },
  ];
}
