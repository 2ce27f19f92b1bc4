import { DeadlockError } from "../errors.ts";
import type { Branch, Trunk } from "../scope/branch.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import type { Permit } from "./permit.ts";

/** One stay inside a lock, from entering it to leaving it for good. A wait for a condition interrupts it. */
export class Hold {
  readonly state: LockState;
  /** What runs inside runs under this, if it was told so. */
  region: Trunk | null = null;
  left = false;
  /** Its permit is gone, so nobody can leave. */
  dropped = false;

  constructor(state: LockState) {
    this.state = state;
  }

  leave(): void {
    if (this.left) return;
    this.left = true;
    if (this.state.hold === this) this.state.passOn();
  }
}

/** Waits for its turn to hold a lock. */
export class HoldWait extends QueuedWait<Hold> {
  readonly hold: Hold;

  constructor(scope: Trunk | null, hold: Hold) {
    super(scope);
    this.hold = hold;
  }

  override _waitsFor(): string {
    return "a lock";
  }
}

/** Who is inside a lock and who waits. */
export class LockState {
  /** Who is inside. Invariant: nobody waits while this is `null`. */
  hold: Hold | null = null;
  readonly waiting: WaitQueue<HoldWait> = new WaitQueue();
  /** Set once nobody is left who could leave. */
  #lost: DeadlockError | null = null;

  /** Takes the lock if it is free. */
  tryEnter(): Hold | null {
    return this.hold === null ? (this.hold = new Hold(this)) : null;
  }

  /** @param scope - one in which no cancellation is in force */
  enter(scope: Trunk | null): Promise<Hold> {
    return this.#enter(scope, new Hold(this));
  }

  /** Goes in again after an interruption; nothing can cancel that. */
  resume(hold: Hold): Promise<Hold> {
    return this.#enter(null, hold);
  }

  #enter(scope: Trunk | null, hold: Hold): Promise<Hold> {
    if (this.hold === null) {
      this.#admit(hold);
      return Promise.resolve(hold);
    }
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (scope !== null && this.hold.region !== null && isWithin(scope, this.hold.region)) {
      return Promise.reject(
        new DeadlockError(
          "The lock is held by the very function that waits for it here, so the wait could never end",
        ),
      );
    }
    const wait = new HoldWait(scope, hold);
    this.waiting.push(wait);
    return wait.promise;
  }

  /** Lets the next in line in. */
  passOn(): void {
    this.hold = null;
    while (this.hold === null) {
      const wait = this.waiting.shift();
      if (wait === null) return;
      this.#admit(wait.hold);
      wait.grant(wait.hold);
    }
  }

  #admit(hold: Hold): void {
    // One that was interrupted may have left meanwhile: its body did not wait for its own wait.
    if (hold.left) return;
    this.hold = hold;
    if (hold.dropped) this.lose();
  }

  /** The only one who could leave is gone. */
  lose(): void {
    this.#lost = new DeadlockError(
      "The lock's permit was dropped without a `release`, so nobody can ever release it. Hold locks by `using` or by `with`",
    );
    for (let wait = this.waiting.shift(); wait !== null; wait = this.waiting.shift()) {
      wait.fail(this.#lost);
    }
  }
}

function isWithin(scope: Trunk, region: Trunk): boolean {
  for (let branch: Branch | null = scope; branch !== null; branch = branch._parent) {
    if (branch === region) return true;
  }
  return false;
}

const registry = new FinalizationRegistry<Hold>((hold) => {
  hold.dropped = true;
  if (hold.state.hold === hold) hold.state.lose();
});

/** A hold in the hands of a user, who may lose it. */
export class LockPermit implements Permit {
  readonly #hold: Hold;

  constructor(hold: Hold) {
    this.#hold = hold;
    registry.register(this, hold, this);
  }

  release(): void {
    this.#hold.leave();
    registry.unregister(this);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
