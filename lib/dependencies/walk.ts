import { ClosedError, type DeadlineError } from "../errors.ts";
import { echoes } from "../scope/cancellation.ts";
import type { Trunk } from "../scope/branch.ts";
import { Failures } from "../scope/failures.ts";
import { Scope } from "../scope/scope.ts";
import type { Executor } from "../threads/executor.ts";
import type { Blueprint } from "./blueprint.ts";
import { type Borrower, Borrowings } from "./borrowings.ts";
import { rememberPath } from "./dependency-path.ts";
import { launch } from "./launch.ts";
import { LazyDemands } from "./lazy-demands.ts";
import { FATAL, type PlanNode } from "./plan-node.ts";
import { ArrivalQueue, PlanOrderQueue, type ReadyQueue } from "./ready-queue.ts";
import { ResolutionScope } from "./resolution-scope.ts";
import { SUCCESS } from "./resource.ts";
import type { Verdict } from "../threads/held-generator.ts";
import { Setup, type SetupHost } from "./setup.ts";
import { FAILED, READY, STARTED } from "./standing.ts";
import type { Store } from "./store.ts";
import { type TeardownOrder, tearDownByEdges, tearDownInTurn } from "./teardown.ts";

export interface WalkOptions {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: Trunk | null;
  /** The lifetimes that are open for this walk. */
  readonly stores: ReadonlyMap<object, Store>;
  readonly concurrency: number;
  readonly teardown: TeardownOrder;
  readonly pool: Executor | undefined;
}

/**
 * One run of a plan. A node starts in the moment in which the last thing that it waits for is ready: nothing goes
 * by levels, and nothing recurses along the graph.
 */
export class Walk implements SetupHost, Borrower {
  readonly blueprint: Blueprint;
  readonly #options: WalkOptions;
  /** Ready values, by index. */
  readonly values: unknown[];
  /** How each node stands, by index. */
  readonly standing: number[];
  readonly failures: Failures = new Failures();
  /** Errors whose origin is known. */
  readonly #blamed = new Set<unknown>();
  /** What was acquired, in order of acquisition. */
  readonly #held: Setup[] = [];
  readonly #queue: ReadyQueue;
  /** Invariant: set if the plan has a lazy node. */
  readonly #demands: LazyDemands | null;
  #borrowings: Borrowings | null = null;
  #scope: ResolutionScope | null;
  #running = 0;
  #draining = false;
  /** No further node starts. */
  #stopped = false;
  /** Cancelled from outside before all values were there. */
  #interrupted = false;
  #phase: "setup" | "body" | "end" = "setup";
  #idle: (() => void) | null = null;

  /** Cancelled from outside. */
  readonly #interrupt = (): void => {
    if (this.#stopped) return;
    if (this.#phase === "setup") this.#interrupted = true;
    this.#stop();
    this.proceed();
  };

  constructor(blueprint: Blueprint, options: WalkOptions) {
    this.blueprint = blueprint;
    this.#options = options;
    this.values = blueprint.blank.slice();
    this.standing = blueprint.waits.slice();
    this.#queue = options.concurrency === Infinity ? new ArrivalQueue() : new PlanOrderQueue();
    this.#demands = blueprint.hasLazy ? new LazyDemands(this) : null;
    this.#scope =
      options.parent === null ? null : new ResolutionScope(options.parent, this.#interrupt);
  }

  /** Runs what must run. Resolves when nothing runs any more: with whether all values are there. */
  async setUp(): Promise<boolean> {
    if (this.#scope !== null && this.#scope.cancelled) this.#interrupt();
    else {
      for (const root of this.blueprint.roots) this.#queue.push(root);
      this.proceed();
      if (this.#running > 0) await this.#whenIdle();
      if (this.#scope !== null && this.#scope.cancelled) this.#interrupt();
    }
    if (this.#stopped) return false;
    this.#phase = "body";
    return true;
  }

  /** Tears down what was acquired and leaves the tree. */
  async tearDown(undecided?: Verdict): Promise<void> {
    this.#phase = "end";
    if (this.#running > 0) {
      this.#stop();
      if (this.#running > 0) await this.#whenIdle();
    }
    this.#stopped = true;
    const held = this.#held;
    if (held.length > 0) {
      held.sort((a, b) => b._node.index - a._node.index);
      const teardown = {
        failures: this.failures,
        verdict: () => (this.#broken ? this.#failure() : (undecided ?? SUCCESS)),
      };
      if (this.#options.teardown === "sequential") await tearDownInTurn(held, teardown);
      else await tearDownByEdges(held, this.blueprint.nodes, teardown);
    }
    this.#scope?._end();
  }

  /** What the caller is told: throws if anything failed or the whole was cancelled in time. */
  conclude(): void {
    if (this.failures.list.length > 0) throw this.failures.first();
    if (this.#interrupted) throw this.#scope!.reason;
  }

  /** The body failed; if that is a cancellation from outside coming back, it counts as one. */
  bodyFailed(error: unknown): void {
    const cancellation = this.#scope?._inForce ?? null;
    if (cancellation !== null && echoes(error, cancellation)) this.#interrupted = true;
    else this.failures.add(error);
  }

  targetValues(): unknown {
    const { targetNodes, targets } = this.blueprint;
    if (targets.single) return this.values[targetNodes[0]!.index];
    const record = Object.create(null) as Record<string, unknown>;
    const { labels } = targets;
    for (let i = 0; i < labels.length; i++) record[labels[i]!] = this.values[targetNodes[i]!.index];
    return record;
  }

  enqueue(node: PlanNode): void {
    this.#queue.push(node);
  }

  /** Starts all that may start. */
  proceed(): void {
    if (this.#draining) return;
    this.#draining = true;
    const { concurrency } = this.#options;
    while (!this.#stopped && this.#running - (this.#demands?.blocked ?? 0) < concurrency) {
      const node = this.#queue.shift();
      if (node === undefined) break;
      this.#start(node);
    }
    this.#draining = false;
    if (this.#running === 0 && this.#idle !== null) this.#idle();
  }

  #whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle = () => {
        this.#idle = null;
        resolve();
      };
    });
  }

  #start(node: PlanNode): void {
    const { provider } = node;
    switch (provider.kind) {
      case "input":
        this.#ready(node, this.#inputsOf(node)[provider.input!.name]);
        return;
      case "outcome":
        this.#ready(node, { done: true, value: this.values[node.inner!.index] });
        return;
      case "lazy":
        this.#ready(node, this.#lazyFunction(node));
        return;
      default:
        this.standing[node.index] = STARTED;
        this.#running++;
        if (node.lifetime === undefined) {
          launch(new Setup(this, node, this.blueprint), this.#depsOf(node));
        } else {
          this.#borrow(node, this.#options.stores.get(node.lifetime)!);
        }
    }
  }

  #depsOf(node: PlanNode): object {
    const record = new node.makeRecord();
    const { deps } = node;
    const { keys } = node.provider;
    for (let i = 0; i < keys.length; i++) record[keys[i]!] = this.values[deps[i]!.index];
    return record;
  }

  #inputsOf(node: PlanNode): Readonly<Record<string, unknown>> {
    const { lifetime, provider } = node;
    if (lifetime === undefined) return this.#options.inputs;
    return this.#options.stores.get(lifetime)!.inputsWith(provider.input!.name);
  }

  #lazyFunction(node: PlanNode): () => Promise<unknown> {
    if (node.lifetime !== undefined) {
      return this.#options.stores.get(node.lifetime)!.lazyFunction(node, this.blueprint);
    }
    return this.#demands!.functionOf(node);
  }

  #borrow(node: PlanNode, store: Store): void {
    const entry = store.find(node) ?? store.create(node, this.blueprint, this.#depsOf(node));
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
    const { standing } = this;
    this.values[index] = value;
    standing[index] = READY;
    for (let i = 0; i < dependents.length; i++) {
      const dependent = dependents[i]!;
      if (--standing[dependent.index]! === 0) this.#queue.push(dependent);
    }
    this.#demands?.ready(node, value);
  }

  #fail(node: PlanNode, error: unknown): void {
    const isFatal = node.level === FATAL;
    if (!isFatal && !this.#stopped) {
      this.#failAsData(node, error);
      return;
    }
    this.standing[node.index] = FAILED;
    this.#demands?.failed(node, error);
    if (this.#stopped && this.#echoes(error)) return;
    if (isFatal) this.failures.add(error);
    if (isFatal) this.#stop();
  }

  /** Nobody needs this node unconditionally: those who depend on it fail with it, up to the `outcome` that asks. */
  #failAsData(node: PlanNode, error: unknown): void {
    const failed = [node];
    for (let next = failed.pop(); next !== undefined; next = failed.pop()) {
      this.standing[next.index] = FAILED;
      this.#demands?.failed(next, error);
      for (const dependent of next.dependents) {
        if (this.standing[dependent.index] === FAILED) continue;
        if (dependent.provider.kind === "outcome")
          this.#ready(dependent, { done: false, reason: error });
        else failed.push(dependent);
      }
    }
  }

  #echoes(error: unknown): boolean {
    const cancellation = this.#scope?._inForce ?? null;
    return cancellation !== null && echoes(error, cancellation);
  }

  /** Starts nothing more and cancels what is on its way. */
  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#running -= this.#borrowings?.giveUp() ?? 0;
    if (this.#scope !== null && this.#scope._inForce === null) this.#cancelSetups(this.#scope);
    this.#demands?.refuse(this.refusal()!.reason);
  }

  #cancelSetups(scope: Scope): void {
    if (this.failures.list.length > 0) scope._cancel("sibling", this.failures.list[0]);
    else scope._cancel("exit", undefined);
  }

  refusal(): { readonly reason: unknown } | undefined {
    if (!this.#stopped) return undefined;
    if (this.#phase !== "end") return { reason: this._setupScope().reason };
    return {
      reason: new ClosedError("A lazy dependency was asked for after its resolution had ended"),
    };
  }

  get #broken(): boolean {
    return this.#interrupted || this.failures.list.length > 0;
  }

  #failure(): Verdict {
    const { list } = this.failures;
    return { kind: "failure", error: list.length > 0 ? list[0] : this.#scope!.reason };
  }

  pathTo(node: PlanNode): string[] {
    return this.blueprint.pathTo(node);
  }

  _setupScope(): Scope {
    if (this.#scope === null) {
      this.#scope = new ResolutionScope(null, this.#interrupt);
      if (this.#stopped) this.#cancelSetups(this.#scope);
    }
    return this.#scope;
  }

  _executor(): Executor | undefined {
    return this.#options.pool;
  }

  _hold(setup: Setup): void {
    this.#held.push(setup);
  }

  _arrived(setup: Setup, value: unknown): void {
    this.#running--;
    this.#ready(setup._node, value);
    this.proceed();
  }

  _overdue(setup: Setup, error: DeadlineError): void {
    this.#blame(setup, error);
    if (setup._node.level !== FATAL) return;
    this.failures.add(error);
    this.#stop();
  }

  _failed(setup: Setup, error: unknown): void {
    this.#running--;
    if (!(this.#stopped && this.#echoes(error))) this.#blame(setup, error);
    this.#fail(setup._node, error);
    this.proceed();
  }

  /** An error comes from where it came out first, whoever passes it on. */
  #blame(setup: Setup, error: unknown): void {
    if (this.#blamed.has(error)) return;
    this.#blamed.add(error);
    rememberPath(error, setup.path);
  }
}
