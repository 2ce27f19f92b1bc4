import { unscoped } from "../../scope/wait.ts";
import type { Call, Thread } from "./call.ts";

/** Which calls have a permit, and work. One that waits for an answer from this thread has none. */
export class Permits {
  /** How many threads work. */
  working = 0;
  readonly #onFree: () => void;

  /** @param onFree - called when a permit has come free that nobody else hears of */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  release(call: Call): void {
    if (call.permit === undefined) return;
    call.permit.release();
    call.permit = undefined;
    this.working -= 1;
  }

  /** The call waits for this thread, so another one may run meanwhile. */
  lend(thread: Thread, call: Call): void {
    thread.isLent = true;
    if (call.permit === undefined) return;
    this.release(call);
    this.#onFree();
  }

  /** Resolves when the call may run again; with false if its thread is gone. */
  async takeBack(thread: Thread, call: Call): Promise<boolean> {
    const permit = await call.limiter?.acquire(unscoped);
    if (call.thread !== thread) {
      permit?.release();
      this.#onFree();
      return false;
    }
    thread.isLent = false;
    if (permit === undefined) return true;
    call.permit = permit;
    this.working += 1;
    return true;
  }
}
