import { AsyncLocalStorage, executionAsyncId } from "node:async_hooks";

/** Tells of everything that a call has set in motion whose call it is. Used by calls that let the event loop turn. */
const owners = new AsyncLocalStorage<object>();
/** The call that lets the event loop turn at this moment. */
let current: object | undefined;
/** Claim: nothing is left to run that an earlier call has given to `queueMicrotask`. */
let isAlone = false;
let leftover: { readonly error: unknown } | undefined;
let isHolding = (): boolean => false;

process.on("uncaughtException", (error) => {
  const isOwn = owners.getStore() === current || (isAlone && isNobodys());
  if (current === undefined ? !isHolding() : isOwn) die(error);
  else leftover ??= { error };
});

/** Node 20 and 22 have left everything that would tell when something that `queueMicrotask` has called fails. */
function isNobodys(): boolean {
  return executionAsyncId() === 0;
}

/** While the thread holds something it goes on, whatever an earlier call has left behind. */
export function spareWhile(holds: () => boolean): void {
  isHolding = holds;
}

/**
 * Begins a call that may let the event loop turn. What an earlier call has left behind may fail meanwhile; this one is
 * spared that error, and the thread ends with it afterwards.
 */
export function begin(call: object, run: () => Promise<void>): Promise<void> {
  current = call;
  isAlone = false;
  return owners.run(call, async () => {
    await Promise.resolve();
    isAlone = true;
    await run();
  });
}

/** Nobody in this thread lets the event loop turn, so nobody need pay for knowing whose anything is. */
export function forget(): void {
  owners.disable();
}

/** A call has ended, and has replied. Gives a promise that never settles if the thread ends now. */
export function end(): Promise<never> | undefined {
  current = undefined;
  if (leftover === undefined || isHolding()) return undefined;
  die(leftover.error);
  return new Promise(() => {});
}

/** Ends the thread with the error, as if nobody had listened. */
function die(error: unknown): void {
  process.removeAllListeners("uncaughtException");
  process.nextTick(() => {
    throw error;
  });
}
