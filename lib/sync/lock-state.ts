import { DeadlockError } from "../errors.ts";
import type { ScopeChild, ParentScope } from "../scope/scope-child.ts";
import { inRunOrder } from "../scope/run-order.ts";
import { QueuedWait, WaitQueue } from "../scope/wait-queue.ts";
import type { Permit } from "./permit.ts";

/** One stay inside a lock, from entering it to leaving it for good. A wait for a condition interrupts it. */
export class Hold {
  readonly state: LockState;
  /** What runs inside runs under this, if it was told so. */
  region: ParentScope | null = null;
  left = false;
  /** Its permit is gone, so nobody can leave. */
  dropped = false;

  constructor(state: LockState) {
    this.state = state;
  }

  leave(): void {
    this.left = true;
    if (this.state.hold === this) this.state.passOn();
  }
}

/** Waits for its turn to hold a lock. */
abstract class LockWait<T> extends QueuedWait<T> {
  readonly hold: Hold;

  constructor(scope: ParentScope | null, hold: Hold) {
    super(scope);
    this.hold = hold;
  }

  /** It is inside. */
  abstract enter(): void;

  override _waitsFor(): string {
    return "a lock";
  }
}

class HoldWait extends LockWait<Hold> {
  enter(): void {
    this.grant(this.hold);
  }
}

class PermitWait extends LockWait<Permit> {
  enter(): void {
    this.grant(permitFor(this.hold));
  }
}

/** Who is inside a lock and who waits. */
export class LockState {
  /** Who is inside. Invariant: nobody waits while this is `null`. */
  hold: Hold | null = null;
  readonly waiting: WaitQueue<LockWait<unknown>> = new WaitQueue();
  /** Kept for the next permit. */
  dropGuard: DropGuard | null = null;
  /** Set once nobody is left who could leave. */
  #lost: DeadlockError | null = null;

  /** Takes the lock if it is free. */
  tryAcquire(): Permit | undefined {
    return this.hold === null ? permitFor((this.hold = new Hold(this))) : undefined;
  }

  /** @param scope - one in which no cancellation is in force */
  acquire(scope: ParentScope | null): Promise<Permit> {
    const permit = this.tryAcquire();
    return permit === undefined
      ? this.#wait(new Hold(this), PermitWait, scope)
      : inRunOrder(scope, Promise.resolve(permit));
  }

  /** @param scope - one in which no cancellation is in force */
  enter(scope: ParentScope | null): Promise<Hold> {
    return this.#enter(scope, new Hold(this));
  }

  /** Goes in again after an interruption; nothing can cancel that. */
  resume(hold: Hold): Promise<Hold> {
    return this.#enter(null, hold);
  }

  #enter(scope: ParentScope | null, hold: Hold): Promise<Hold> {
    if (this.hold !== null) return this.#wait(hold, HoldWait, scope);
    this.#admit(hold);
    return inRunOrder(scope, Promise.resolve(hold));
  }

  #wait<T>(
    hold: Hold,
    Kind: new (scope: ParentScope | null, hold: Hold) => LockWait<T>,
    scope: ParentScope | null,
  ): Promise<T> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    const region = this.hold!.region;
    if (scope !== null && region !== null && isWithin(scope, region)) {
      return Promise.reject(
        new DeadlockError(
          "The lock is held by the very function that waits for it here, so the wait could never end",
        ),
      );
    }
    const wait = new Kind(scope, hold);
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
      wait.enter();
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

function isWithin(scope: ParentScope, region: ParentScope): boolean {
  for (let child: ScopeChild | null = scope; child !== null; child = child._parent) {
    if (child === region) return true;
  }
  return false;
}

/**
 * What only the permit of a hold points at, so that the collector takes it when the permit was dropped. Its lock keeps
 * it for the next permit: to register one is dear.
 */
class DropGuard {
  readonly guarded: GuardedHold = { hold: null };

  constructor() {
    registry.register(this, this.guarded);
  }
}

/**
 * What is left of a dropGuard. It leads to the lock only while the lock is held, or the lock could never be collected.
 */
interface GuardedHold {
  hold: Hold | null;
}

const registry = new FinalizationRegistry<GuardedHold>(({ hold }) => {
  if (hold === null) return;
  hold.dropped = true;
  if (hold.state.hold === hold) hold.state.lose();
});

/** Puts a hold in the hands of a user, who may lose it. */
function permitFor(hold: Hold): Permit {
  const { state } = hold;
  const dropGuard = state.dropGuard ?? new DropGuard();
  state.dropGuard = null;
  dropGuard.guarded.hold = hold;
  return new LockPermit(dropGuard);
}

class LockPermit implements Permit {
  /** Invariant: `null` once released. */
  #dropGuard: DropGuard | null;

  constructor(dropGuard: DropGuard) {
    this.#dropGuard = dropGuard;
  }

  release(): void {
    const dropGuard = this.#dropGuard;
    if (dropGuard === null) return;
    this.#dropGuard = null;
    const { guarded } = dropGuard;
    const hold = guarded.hold!;
    guarded.hold = null;
    hold.state.dropGuard = dropGuard;
    hold.leave();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
