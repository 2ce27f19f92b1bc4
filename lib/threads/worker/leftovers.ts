import { AsyncLocalStorage } from "node:async_hooks";

/** Tells of everything that a call has set in motion whose call it is. Used by calls that let the event loop turn. */
const owners = new AsyncLocalStorage<object>();
/** The call that lets the event loop turn at this moment. */
let current: object | undefined;
let leftover: { readonly error: unknown } | undefined;
let isHolding = (): boolean => false;

process.on("uncaughtException", (error) => {
  const isOwn = current !== undefined && owners.getStore() === current;
  if (isOwn || (current === undefined && !isHolding())) die(error);
  else leftover ??= { error };
});

/** While the thread holds something it goes on, whatever an earlier call has left behind. */
export function spareWhile(holds: () => boolean): void {
  isHolding = holds;
}

/**
 * Begins a call that may let the event loop turn. What an earlier call has left behind may fail meanwhile; this one is
 * spared that error, and the thread ends with it afterwards.
 */
export function begin<T>(call: object, run: () => T): T {
  current = call;
  return owners.run(call, run);
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
