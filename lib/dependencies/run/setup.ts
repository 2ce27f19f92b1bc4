import { DeadlineError, type Origin } from "../../errors.ts";
import type { CancelScope } from "../../scope/cancel-scope.ts";
import { echoes } from "../../scope/cancellation.ts";
import { PlainScope, Scope } from "../../scope/scope.ts";
import { now, schedule, type Timer, unschedule } from "../../scope/timers.ts";
import type { Executor } from "../../threads/executor.ts";
import type { LifetimeActivity } from "./lifetime-activities.ts";
import type { PlanNode } from "../plan/plan-node.ts";
import { announceFailed, announceReady } from "./provider-events.ts";
import type { ProviderContext } from "../declare/provider-context.ts";
import type { Resource } from "./resource.ts";

/** Whoever runs setups: a resolution, or an open lifetime. */
export interface SetupHost extends LifetimeActivity {
  /** Where the scopes of setups hang. */
  _setupScope(): Scope;
  /** Where a plain function runs unless its provider says; `undefined` for the default pool. */
  _executorFor(setup: Setup): Executor | undefined;
  /** A resource is about to be acquired: from now on it must be torn down. */
  _hold(setup: Setup): void;
  _arrived(setup: Setup, value: unknown): void;
  /** The setup took too long. It is still running. */
  _overdue(setup: Setup, error: DeadlineError): void;
  _failed(setup: Setup, error: unknown): void;
}

class SetupTimer implements Timer {
  readonly at: number;
  readonly #setup: Setup;
  _order = 0;
  _place = -1;

  constructor(setup: Setup, timeoutMs: number) {
    this.at = now() + timeoutMs;
    this.#setup = setup;
  }

  _expire(): void {
    this.#setup._expire();
  }
}

/** What bounds a setup whose provider has a `limit` or a `timeoutMs`. */
class Bounds {
  permit: { release(): void } | null = null;
  timer: SetupTimer | null = null;
  overdue: DeadlineError | null = null;
}

/**
 * One run of a provider, and the context that its function is given. Most functions never look at theirs, so the
 * scope behind it is made when somebody does.
 */
export class Setup implements ProviderContext {
  readonly _host: SetupHost;
  readonly _node: PlanNode;
  #scope: Scope | null = null;
  _pending = true;
  /** What must be torn down. */
  _resource: Resource | null = null;
  #bounds: Bounds | null = null;

  constructor(host: SetupHost, node: PlanNode) {
    this._host = host;
    this._node = node;
  }

  get path(): readonly string[] {
    return this._node.plan!.pathTo(this._node);
  }

  get scope(): CancelScope {
    if (this.#scope === null) {
      const parent = this._pending ? this._host._setupScope() : null;
      this.#scope = new PlainScope(parent, this.name, false);
      if (!this._pending) this.#scope._end();
    }
    return this.#scope;
  }

  get name(): string {
    return this._node.provider.name || this._node.label;
  }

  get signal(): AbortSignal {
    return this.scope.signal;
  }

  get cancelled(): boolean {
    return this.scope.cancelled;
  }

  get reason(): unknown {
    return this.scope.reason;
  }

  get origin(): Origin | undefined {
    return this.scope.origin;
  }

  get deadline(): number {
    return this.scope.deadline;
  }

  set deadline(at: number) {
    this.scope.deadline = at;
  }

  get effectiveDeadline(): number {
    return this.scope.effectiveDeadline;
  }

  get shielded(): boolean {
    return this.scope.shielded;
  }

  set shielded(shielded: boolean) {
    this.scope.shielded = shielded;
  }

  cancel(reason?: unknown): void {
    this.scope.cancel(reason);
  }

  throwIfCancelled(): void {
    this.scope.throwIfCancelled();
  }

  onCancel(callback: (reason: unknown) => void): Disposable {
    return this.scope.onCancel(callback);
  }

  /** What it ran out of time with. */
  get _overdue(): DeadlineError | null {
    return this.#bounds === null ? null : this.#bounds.overdue;
  }

  /** Puts a limit on how long the setup may take. */
  _bound(timeoutMs: number): void {
    const timer = new SetupTimer(this, timeoutMs);
    (this.#bounds ??= new Bounds()).timer = timer;
    schedule(timer);
  }

  /** Holds a place among those that may be set up at once. */
  _occupy(permit: { release(): void }): void {
    (this.#bounds ??= new Bounds()).permit = permit;
  }

  _expire(): void {
    const { timeoutMs } = this._node.provider.options;
    const overdue = new DeadlineError(
      `Provider \`${this.path.join(" → ")}\` was not ready within its \`timeoutMs\` of ${timeoutMs} ms`,
    );
    this.#bounds!.overdue = overdue;
    (this.scope as Scope)._cancel("deadline", overdue);
    this._host._overdue(this, overdue);
  }

  /** The value was there at once, and there was nothing to bound, to hold or to tell of. */
  _arriveAtOnce(): void {
    this._pending = false;
    if (this.#scope !== null) detach(this.#scope);
  }

  /** The value is there. If it came too late it is held all the same, and torn down. */
  _arrive(value: unknown): void {
    this.#settle();
    if (this._resource === null) this._release();
    const overdue = this._overdue;
    if (overdue === null) {
      announceReady(this, value);
      this._host._arrived(this, value);
    } else {
      announceFailed(this, overdue);
      this._host._failed(this, overdue);
    }
  }

  /** There will be no value, and nothing to tear down. */
  _fail(error: unknown): void {
    this._resource = null;
    this._release();
    this.#settle();
    const late = this._overdue !== null && echoes(error, this.#scope!._inForce!);
    const failure = late ? this._overdue : error;
    announceFailed(this, failure);
    this._host._failed(this, failure);
  }

  _release(): void {
    const bounds = this.#bounds;
    if (bounds === null || bounds.permit === null) return;
    const { permit } = bounds;
    bounds.permit = null;
    permit.release();
  }

  #settle(): void {
    this._pending = false;
    if (this.#bounds !== null && this.#bounds.timer !== null) unschedule(this.#bounds.timer);
    if (this.#scope !== null) detach(this.#scope);
  }
}

/**
 * Ends the scope of a setup. What it still waits for is left to the scope above; what it waits for from now on, in its
 * teardown above all, nobody cancels.
 */
function detach(scope: Scope): void {
  scope._end();
  scope._parent = null;
}
