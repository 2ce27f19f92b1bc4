/**
 * Puts a `Date` in place of the global one that takes the time from elsewhere.
 *
 * @param time - milliseconds since 1970
 * @returns puts back what was there before
 */
export function replaceDate(time: () => number): () => void {
  const { Date: host } = globalThis;
  const now = (): number => Math.floor(time());
  const virtual: DateConstructor = new Proxy(host, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 ? [now()] : args,
        newTarget === virtual ? target : newTarget,
      ) as Date,
    apply: () => new host(now()).toString(),
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  globalThis.Date = virtual;
  return () => {
    globalThis.Date = host;
  };
}
