import type { Origin } from "../errors.ts";
import { knowInCopies } from "../errors/copies.ts";
import { checkBody } from "./body.ts";
import { ScopeChild, link, type ParentScope, unlink } from "./scope-child.ts";
import { CancelCallback, nothingToDispose } from "./cancel-callback.ts";
import { Cancellation, echoes, type CancelSource } from "./cancellation.ts";
import { Deadline, limit } from "./deadline.ts";
import { checkDeadline } from "./durations.ts";
import { checkBoolean } from "./option-values.ts";
import { propagate } from "./propagation.ts";
import { ScopeExtras } from "./scope-extras.ts";
import { markSignal } from "./scope-of-signal.ts";
import { now, schedule, type Timer, unschedule } from "./timers.ts";

/** Bits of a scope's state. */
export const Flag = { shielded: 1, ended: 2 } as const;

/**
 * The implementation of `CancelScope`; tasks and groups extend it. Who extends it sets all the fields: see
 * {@link ScopeChild}.
 */
export abstract class Scope extends ScopeChild implements ParentScope {
  abstract _first: ScopeChild | null;
  /** This scope's own cancellation. */
  abstract _own: Cancellation | null;
  /**
   * The cancellation that waits see. Invariant: `_own`, or what is in force in the parent unless shielded, or `null`.
   */
  abstract _inForce: Cancellation | null;
  /** Invariant: the earliest among this scope's deadline and, unless shielded, the parent's limit. */
  abstract _limit: Timer | null;
  /** The bits of {@link Flag}, and of what extends this class. */
  abstract _flags: number;
  abstract _extras: ScopeExtras | null;

  /** The last step of its making: it hangs below `parent` from now on. */
  _enter(parent: ParentScope): void {
    const live = parent._live();
    if (live === null) return;
    link(this, live);
    if (this._shielded) return;
    this._inForce = live._inForce;
    this._limit = live._limit;
  }

  get name(): string {
    return this._name ?? "";
  }

  get _name(): string | undefined {
    return this._extras === null ? undefined : this._extras.name;
  }

  get _shielded(): boolean {
    return (this._flags & Flag.shielded) !== 0;
  }

  get _ended(): boolean {
    return (this._flags & Flag.ended) !== 0;
  }

  get _deadline(): Deadline | null {
    return this._extras === null ? null : this._extras.deadline;
  }

  get _controller(): AbortController | null {
    return this._extras === null ? null : this._extras.controller;
  }

  get _callbackErrors(): unknown[] | null {
    return this._extras === null ? null : this._extras.callbackErrors;
  }

  get signal(): AbortSignal {
    let controller = this._controller;
    if (controller === null) {
      controller = (this._extras ??= new ScopeExtras()).controller = new AbortController();
      markSignal(controller.signal, this);
      if (this.cancelled) controller.abort(this.reason);
    }
    return controller.signal;
  }

  get cancelled(): boolean {
    this._checkDeadline();
    return this._inForce !== null;
  }

  /** Lets a deadline that has passed take effect before its timer fires. */
  _checkDeadline(): void {
    const limit = this._limit;
    if (limit === null || this._inForce !== null || this._ended) return;
    if (now() >= limit.at) limit._expire();
  }

  get reason(): unknown {
    return this.cancelled ? this._inForce!.reason : undefined;
  }

  get origin(): Origin | undefined {
    if (!this.cancelled) return undefined;
    const { kind, source } = this._inForce!;
    if (source === this) return kind;
    if (!this._belongsTo(source)) return "parent";
    return kind === "cancel" || kind === "deadline" ? "parent" : kind;
  }

  get deadline(): number {
    return this._deadline?.at ?? Infinity;
  }

  set deadline(at: number) {
    checkDeadline("deadline", at);
    if (at === this.deadline) return;
    this._checkDeadline();
    this.#setDeadline(at, undefined, now());
  }

  get effectiveDeadline(): number {
    return this.cancelled ? -Infinity : (this._limit?.at ?? Infinity);
  }

  get shielded(): boolean {
    return this._shielded;
  }

  set shielded(shielded: boolean) {
    checkBoolean("shielded", shielded);
    if (shielded === this._shielded) return;
    this._flags ^= Flag.shielded;
    if (this._ended) return;
    limit(this);
    propagate(this);
  }

  cancel(reason?: unknown): void {
    this._cancel("cancel", reason);
  }

  throwIfCancelled(): void {
    if (this.cancelled) throw this._inForce!.reason;
  }

  onCancel(callback: (reason: unknown) => void): Disposable {
    checkBody("callback", callback);
    const entry = new CancelCallback(this, callback);
    const scope = this.cancelled ? this : this._live();
    if (scope === null) return entry;
    if (scope.cancelled) {
      entry._deliver(scope._inForce!);
      return nothingToDispose;
    }
    link(entry, scope);
    return entry;
  }

  /** Cancels this scope on its own account. */
  _cancel(kind: Origin, given: unknown): void {
    if (this._own !== null || this._ended) return;
    this._own = new Cancellation(this, kind, given);
    this.#disarm();
    propagate(this);
  }

  /** Whether what happens to `source` happens to this scope as one of its members. */
  _belongsTo(source: CancelSource): boolean {
    return source === this._parent;
  }

  /** The cancellation that comes in from the parent. */
  _outside(): Cancellation | null {
    return this._shielded || this._parent === null ? null : this._parent._inForce;
  }

  /**
   * The cancellation that an error of the body is the echo of: one that comes from outside, or else the one in force.
   */
  _echoed(error: unknown): Cancellation | null {
    const outside = this._outside();
    if (outside !== null && echoes(error, outside)) return outside;
    const inForce = this._inForce;
    return inForce !== null && echoes(error, inForce) ? inForce : null;
  }

  /** Where something that waits under this scope hangs: here, or, once this has ended, at the next that has not. */
  _live(): ParentScope | null {
    return this._ended ? liveAbove(this._parent) : this;
  }

  /** Takes force from outside into account, for a scope that was out of the tree. */
  _rejoin(parent: ParentScope): void {
    link(this, parent);
    limit(this);
    propagate(this);
  }

  /**
   * Leaves the tree. Whatever is still pending below belongs to the enclosing scope from now on; callbacks are
   * forgotten.
   */
  _end(): void {
    this._flags |= Flag.ended;
    this.#disarm();
    unlink(this);
    if (this._first !== null) this.#handOver();
  }

  #handOver(): void {
    const live = this._live();
    const inForce = live?._inForce ?? null;
    const told: ScopeChild[] = [];
    for (let child = this._first; child !== null; child = this._first) {
      unlink(child);
      child._parent = null;
      if (!child._outlives()) continue;
      const below = child._asParent();
      if (below !== null) {
        if (live !== null) link(child, live);
        if (!below._shielded) below._own ??= below._inForce;
        limit(below);
        propagate(below);
      } else if (inForce !== null) {
        // A shield kept it waiting so far.
        child._withdraw();
        told.push(child);
      } else if (live !== null) link(child, live);
    }
    for (const child of told) child._deliver(inForce!);
  }

  /** Bounds a scope on entry. */
  _bound(deadline: number | undefined, timeoutMs: number | undefined): void {
    if (deadline === undefined && timeoutMs === undefined) return;
    const time = now();
    const at = deadline ?? Infinity;
    const timeout = time + (timeoutMs ?? Infinity);
    if (timeout < at) this.#setDeadline(timeout, timeoutMs, time);
    else if (at !== Infinity) this.#setDeadline(at, undefined, time);
  }

  #setDeadline(at: number, timeoutMs: number | undefined, time: number): void {
    this.#disarm();
    const deadline = at === Infinity ? null : new Deadline(this, at, timeoutMs);
    (this._extras ??= new ScopeExtras()).deadline = deadline;
    if (this._ended) return;
    limit(this);
    if (at <= time) this._cancel("deadline", undefined);
    else if (this._own === null && deadline !== null) schedule(deadline);
  }

  #disarm(): void {
    const deadline = this._deadline;
    if (deadline !== null) unschedule(deadline);
  }

  /** A signal that has aborted cannot be taken back: the next reader gets a new one. */
  _forgetSignal(): void {
    if (this._extras !== null) this._extras.controller = null;
  }

  _timeoutMs(): number | undefined {
    return this._deadline?.timeoutMs;
  }

  _describe(): string {
    return this._name === undefined ? "A cancel scope" : `Scope "${this._name}"`;
  }

  _failedName(): string {
    return this._describe();
  }

  /** The error of a callback counts as a failure of the scope it was registered with. */
  _callbackFailed(error: unknown): void {
    ((this._extras ??= new ScopeExtras()).callbackErrors ??= []).push(error);
  }

  /** A first child is about to come. */
  _occupied(): void {}

  /** The last child has left. */
  _childless(): void {}

  /** Whether it stands in the task tree, or only connects others. */
  _isVisible(): boolean {
    return true;
  }

  override _asParent(): ParentScope {
    return this;
  }

  override _withdraw(): void {}

  override _deliver(cancellation: Cancellation): void {
    if (this._inForce === cancellation) this._controller?.abort(cancellation.reason);
  }

  static {
    knowInCopies(this, "Scope");
  }
}

/** A scope that is nothing else, and what is not made often enough to set its fields itself. */
export class PlainScope extends Scope {
  _parent: ParentScope | null = null;
  _prev: ScopeChild | null = null;
  _next: ScopeChild | null = null;
  _first: ScopeChild | null = null;
  _own: Cancellation | null = null;
  _inForce: Cancellation | null = null;
  _limit: Timer | null = null;
  _flags: number;
  _extras: ScopeExtras | null = null;

  constructor(parent: ParentScope | null, name: string | undefined, shielded: boolean) {
    super();
    this._flags = shielded ? Flag.shielded : 0;
    if (name !== undefined) (this._extras = new ScopeExtras()).name = name;
    if (parent !== null) this._enter(parent);
  }
}

function liveAbove(scope: ParentScope | null): ParentScope | null {
  let live = scope;
  while (live !== null && live._ended) live = live._parent;
  return live;
}
