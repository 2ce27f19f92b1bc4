import { ClosedError, type DeadlineError } from "../../errors.ts";
import { echoes } from "../../scope/cancellation.ts";
import { rejectionsSoFar } from "../../scope/failures.ts";
import { Scope } from "../../scope/scope.ts";
import type { Executor } from "../../threads/executor.ts";
import { catchUp, runAtOnce } from "./at-once.ts";
import type { Blueprint } from "../plan/blueprint.ts";
import { type Borrower, Borrowings } from "./borrowings.ts";
import { depsOf, valuesOfTargets } from "../plan/gather.ts";
import { follow, launch } from "./launch.ts";
import { LazyDemands } from "./lazy-demands.ts";
import { FATAL, type PlanNode } from "../plan/plan-node.ts";
import { ProviderFailures } from "./provider-failures.ts";
import { readyQueue, type ReadyQueue } from "./ready-queue.ts";
import { type Interruptible, ResolutionScope } from "./resolution-scope.ts";
import { SUCCESS } from "./resource.ts";
import type { Verdict } from "../../threads/held-generator.ts";
import { Setup, type SetupHost } from "./setup.ts";
import { countDown, FAILED, READY, STARTED } from "./node-states.ts";
import type { Store } from "./store.ts";
import { tearDownAll } from "./teardown.ts";
import { readInput, type WalkOptions } from "./walk-options.ts";

const none: never[] = [];

/**
 * One run of a plan. A node starts in the moment in which the last thing that it waits for is ready: nothing goes
 * by levels, and nothing recurses along the graph.
 */
export class Walk implements SetupHost, Borrower, Interruptible {
  readonly blueprint: Blueprint;
  readonly #options: WalkOptions;
  /** Ready values, by index. */
  readonly values: unknown[];
  /** How each node stands, by index. Invariant: there from the time when something is not ready at once. */
  states: number[] = none;
  /** Made when something fails or must be torn down, since most walks end without either. */
  #failures: ProviderFailures | null = null;
  readonly #since: number = rejectionsSoFar();
  /** What was acquired, in order of acquisition. */
  #held: Setup[] = none;
  /** Invariant: there when `states` is. */
  #queue: ReadyQueue | null = null;
  /** Invariant: set if the plan has a lazy node. */
  readonly #demands: LazyDemands | null;
  #borrowings: Borrowings | null = null;
  #scope: ResolutionScope | null;
  #running = 0;
  #draining = false;
  /** No further node starts. */
  _stopped = false;
  /** Cancelled from outside before all values were there. */
  #interrupted = false;
  #phase: "setup" | "body" | "end" = "setup";
  #idle: (() => void) | null = null;
  _ended = false;

  constructor(blueprint: Blueprint, options: WalkOptions) {
    this.blueprint = blueprint;
    this.#options = options;
    this.values = blueprint.blank.slice();
    this.#demands = blueprint.hasLazy ? new LazyDemands(this) : null;
    this.#scope = options.parent === null ? null : new ResolutionScope(options.parent, this);
  }

  /** Runs what must run. Once nothing runs any more, {@link enterBody} says whether all values are there. */
  setUp(): Promise<void> | undefined {
    if (this.#scope !== null && this.#scope.cancelled) {
      this._interrupted();
      return undefined;
    }
    const { atOnce, roots } = this.blueprint;
    if (atOnce === undefined) {
      const queue = this.#prepare();
      for (let i = 0; i < roots.length; i++) queue.push(roots[i]!);
      this.proceed();
    } else {
      this.#runAtOnce(this.#options.concurrency === Infinity ? atOnce.unlimited : atOnce.limited);
    }
    return this.#running > 0 ? this.#whenIdle() : undefined;
  }

  #prepare(): ReadyQueue {
    this.states = this.blueprint.waits.slice();
    this.#queue = readyQueue(this.#options.concurrency);
    return this.#queue;
  }

  /** Runs what can be ready at once without counting. If something is not, all goes its usual way from there. */
  #runAtOnce(order: readonly PlanNode[]): void {
    const halt = runAtOnce(this, order, this.#options.inputs);
    if (halt === undefined) return;
    catchUp(order, halt, this.#prepare(), this.states);
    const { setup, promise } = halt;
    if (setup !== null) this.#running++;
    if (promise !== undefined) follow(setup!, promise);
    else setup?._fail(halt.error);
    this.proceed();
  }

  /** Whether all values are there and nothing cancels the use of them. */
  enterBody(): boolean {
    if (this.#scope !== null && this.#scope.cancelled) this._interrupted();
    if (this._stopped) return false;
    this.#phase = "body";
    return true;
  }

  /** Tears down what was acquired and leaves the tree. */
  tearDown(undecided?: Verdict): Promise<void> | undefined {
    this.#phase = "end";
    if (this.#running > 0 || this.#held.length > 0) return this.#giveBack(undecided);
    this._stopped = true;
    this.#scope?._end();
    return undefined;
  }

  async #giveBack(undecided: Verdict | undefined): Promise<void> {
    if (this.#running > 0) {
      this.#stop();
      if (this.#running > 0) await this.#whenIdle();
    }
    this._stopped = true;
    const teardown = {
      failures: this.#failuresSoFar(),
      verdict: () => this.#failure() ?? undecided ?? SUCCESS,
      isEcho: (error: unknown) => this.#echoes(error),
    };
    await tearDownAll(this.#options.teardown, this.#held, this.blueprint.nodes, teardown);
    this.#scope?._end();
  }

  /** What the caller is told: throws if anything failed or the whole was cancelled in time. */
  conclude(): void {
    if (this.#failures?.primary !== undefined) throw this.#failures.rejection();
    if (this.#interrupted) throw this.#scope!.reason;
  }

  /** The body failed; if that is a cancellation from outside coming back, it counts as one. */
  bodyFailed(error: unknown): void {
    const cancellation = this.#scope?._inForce ?? null;
    if (cancellation !== null && echoes(error, cancellation)) this.#interrupted = true;
    else this.#failuresSoFar().add(error);
  }

  /** Cancelled from outside. */
  _interrupted(): void {
    if (this._stopped) return;
    if (this.#phase === "setup") this.#interrupted = true;
    this.#stop();
    this.proceed();
  }

  _isIn(host: object): boolean {
    return this.#options.hosts.some((each) => each._isIn(host));
  }

  targetValues(): unknown {
    return valuesOfTargets(this.blueprint, this.values);
  }

  enqueue(node: PlanNode): void {
    this.#queue!.push(node);
  }

  /** Starts all that may start. */
  proceed(): void {
    if (this.#draining) return;
    this.#draining = true;
    const { concurrency } = this.#options;
    while (!this._stopped && this.#running - (this.#demands?.blocked ?? 0) < concurrency) {
      const node = this.#queue!.shift();
      if (node === undefined) break;
      this.#start(node);
    }
    this.#draining = false;
    const idle = this.#idle;
    if (this.#running > 0 || idle === null) return;
    this.#idle = null;
    idle();
  }

  #whenIdle(): Promise<void> {
    return new Promise((resolve) => (this.#idle = resolve));
  }

  #start(node: PlanNode): void {
    const { provider } = node;
    switch (provider.kind) {
      case "input": {
        const given = readInput(node, this.#options);
        if (given.failed) this.#fail(node, given.error);
        else this.#ready(node, given.value);
        return;
      }
      case "outcome":
        return this.#ready(node, { done: true, value: this.values[node.inner!.index] });
      case "lazy":
        return this.#ready(node, this.#lazyFunction(node));
      default:
        this.states[node.index] = STARTED;
        this.#running++;
        if (node.lifetime === undefined) {
          launch(new Setup(this, node), depsOf(node, this.values));
        } else {
          this.#borrow(node, this.#options.stores.get(node.lifetime)!);
        }
    }
  }

  #lazyFunction(node: PlanNode): () => Promise<unknown> {
    if (node.lifetime !== undefined) {
      const { stores, pool } = this.#options;
      return stores.get(node.lifetime)!.lazyFunction(node, this.blueprint, pool);
    }
    return this.#demands!.functionOf(node);
  }

  #borrow(node: PlanNode, store: Store): void {
    const entry =
      store.find(node) ?? store.create(node, depsOf(node, this.values), this.#options.pool);
    if (entry.ready) {
      this.#running--;
      this.#ready(node, entry.value);
      return;
    }
    (this.#borrowings ??= new Borrowings(this)).add(node, entry);
  }

  borrowed(node: PlanNode, value: unknown): void {
    this.#running--;
    this.#ready(node, value);
    this.proceed();
  }

  notBorrowed(node: PlanNode, error: unknown): void {
    this.#running--;
    this.#fail(node, error);
    this.proceed();
  }

  #ready(node: PlanNode, value: unknown): void {
    const { index, dependents } = node;
    const { states } = this;
    this.values[index] = value;
    states[index] = READY;
    for (let i = 0; i < dependents.length; i++) {
      const dependent = dependents[i]!;
      if (countDown(states, dependent.index)) this.#queue!.push(dependent);
    }
    this.#demands?.ready(node, value);
  }

  #fail(node: PlanNode, error: unknown): void {
    const isFatal = node.level === FATAL;
    if (!isFatal && !this._stopped) {
      this.#failAsData(node, error);
      return;
    }
    this.states[node.index] = FAILED;
    this.#demands?.failed(node, error);
    if (this._stopped && this.#echoes(error)) return;
    if (!isFatal) return;
    this.#failuresSoFar().add(error);
    this.#stop();
  }

  /** Nobody needs this node unconditionally: those who depend on it fail with it, up to the `outcome` that asks. */
  #failAsData(node: PlanNode, error: unknown): void {
    const failed = [node];
    this.states[node.index] = FAILED;
    for (const each of failed) {
      this.#demands?.failed(each, error);
      for (const dependent of each.dependents) {
        if (this.states[dependent.index]! < 0) continue;
        if (dependent.provider.kind === "outcome") {
          this.#ready(dependent, { done: false, reason: error });
        } else {
          this.states[dependent.index] = FAILED;
          failed.push(dependent);
        }
      }
    }
  }

  #echoes(error: unknown): boolean {
    const cancellation = this.#scope?._inForce ?? null;
    return cancellation !== null && echoes(error, cancellation);
  }

  /** Starts nothing more and cancels what is on its way. */
  #stop(): void {
    if (this._stopped) return;
    this._stopped = true;
    this.#running -= this.#borrowings?.giveUp() ?? 0;
    if (this.#scope !== null && this.#scope._inForce === null) this.#cancelSetups(this.#scope);
    this.#demands?.refuse(this.refusal()!.reason);
  }

  #cancelSetups(scope: Scope): void {
    const primary = this.#failures?.primary;
    if (primary === undefined) scope._cancel("exit", undefined);
    else scope._cancel("sibling", primary.error);
  }

  refusal(): { readonly reason: unknown } | undefined {
    if (!this._stopped) return undefined;
    if (this.#phase !== "end") return { reason: this._setupScope().reason };
    return {
      reason: new ClosedError("A lazy dependency was asked for after its resolution had ended"),
    };
  }

  #failuresSoFar(): ProviderFailures {
    return (this.#failures ??= new ProviderFailures(this.#since));
  }

  /** What generators are told if not all went well. */
  #failure(): Verdict | undefined {
    const primary = this.#failures?.primary;
    if (primary !== undefined) return { kind: "failure", error: primary.error };
    return this.#interrupted ? { kind: "failure", error: this.#scope!.reason } : undefined;
  }

  _setupScope(): Scope {
    if (this.#scope === null) {
      this.#scope = new ResolutionScope(null, this);
      if (this._stopped) this.#cancelSetups(this.#scope);
    }
    return this.#scope;
  }

  _executorFor(): Executor | undefined {
    return this.#options.pool;
  }

  _hold(setup: Setup): void {
    if (this.#held === none) this.#held = [setup];
    else this.#held.push(setup);
  }

  _arrived(setup: Setup, value: unknown): void {
    this.borrowed(setup._node, value);
  }

  _overdue(setup: Setup, error: DeadlineError): void {
    const failures = this.#failuresSoFar();
    failures.attribute(setup, error);
    if (setup._node.level !== FATAL) return;
    failures.add(error);
    this.#stop();
  }

  _failed(setup: Setup, error: unknown): void {
    if (!(this._stopped && this.#echoes(error))) this.#failuresSoFar().attribute(setup, error);
    this.notBorrowed(setup._node, error);
  }
}
