import { type DeadlineError, LifetimeNotOpenError } from "../../errors.ts";
import { knowInCopies } from "../../errors/copies.ts";
import { AsyncResource } from "../../host.ts";
import { rejectionsSoFar } from "../../scope/failures.ts";
import { Scope } from "../../scope/scope.ts";
import type { Blueprint } from "../plan/blueprint.ts";
import { compile } from "../plan/compile.ts";
import { rememberPath } from "../plan/dependency-path.ts";
import type { Executor } from "../../threads/executor.ts";
import { CloseFromInside } from "./close-from-inside.ts";
import {
  type LifetimeActivity,
  LifetimeActivityScope,
  activityIn,
} from "../run/lifetime-activities.ts";
import { launch } from "../run/launch.ts";
import { announceLifetime } from "./lifetime-event.ts";
import type { LifetimeReport } from "./lifetime-report.ts";
import type { AnyLifetime, OpenLifetime } from "../declare/open-lifetime.ts";
import type { PlanNode } from "../plan/plan-node.ts";
import { ProviderFailures } from "../run/provider-failures.ts";
import { SUCCESS } from "../run/resource.ts";
import type { Verdict } from "../../threads/held-generator.ts";
import { Setup, type SetupHost } from "../run/setup.ts";
import type { Store, StoreEntry } from "../run/store.ts";
import { targetsOf } from "../declare/targets.ts";
import { tearDownInTurn } from "../run/teardown.ts";
import { Walk } from "../run/walk.ts";

class Entry implements StoreEntry {
  readonly name: string;
  ready = false;
  value: unknown = undefined;
  readonly created: Promise<void>;
  settle!: (failure?: { readonly error: unknown }) => void;

  constructor(name: string) {
    this.name = name;
    this.created = new Promise((resolve, reject) => {
      this.settle = (failure) =>
        failure === undefined ? resolve() : reject(failure.error as Error);
    });
    this.created.catch(() => {});
  }
}

/** A value on its way. */
interface Making {
  readonly entry: Entry;
  readonly key: unknown;
  readonly pool: Executor | undefined;
  /** The rejections when it began. */
  readonly since: number;
}

/** The scope of what is made in a lifetime: nobody's request is above it. */
class LifetimeScope extends LifetimeActivityScope {
  readonly _activity: LifetimeActivity;

  constructor(store: LifetimeStore) {
    super(null, store.lifetime.name, false);
    this._activity = store;
  }

  override _describe(): string {
    return `Lifetime "${this.name}"`;
  }
}

/** Implementation of {@link OpenLifetime}. */
export class LifetimeStore implements OpenLifetime, Store, SetupHost {
  readonly lifetime: AnyLifetime;
  readonly parent: LifetimeStore | undefined;
  /** This lifetime and those around it. */
  readonly chain: ReadonlyMap<object, LifetimeStore>;
  readonly #inputs: Readonly<Record<string, unknown>>;
  // Not private, for the other one may be of another copy of this class: `_closed`, `_forget`.
  /** Where plain functions run whose values live here; `undefined`: wherever they run that need them first. */
  readonly pool: Executor | undefined;
  readonly #entries = new Map<unknown, Entry>();
  readonly #creating = new Set<Entry>();
  readonly #making = new Map<Setup, Making>();
  /** What was acquired, in order of acquisition. */
  readonly #held = new Set<Setup>();
  readonly #children = new Set<LifetimeStore>();
  readonly #scope: Scope;
  readonly #context = new AsyncResource("skein.lifetime");
  #activities = 0;
  #lastActivityEnded: (() => void) | null = null;
  #closing: Promise<void> | null = null;
  _ended = false;

  constructor(
    lifetime: AnyLifetime,
    inputs: object,
    parent: LifetimeStore | undefined,
    pool: Executor | undefined,
  ) {
    this.lifetime = lifetime;
    this.parent = parent;
    this.#inputs = inputs as Readonly<Record<string, unknown>>;
    this.pool = pool ?? (parent === undefined ? undefined : parent.pool);
    this.#scope = new LifetimeScope(this);
    this.chain = new Map<object, LifetimeStore>([...(parent?.chain ?? []), [lifetime, this]]);
    parent?.adopt(this);
    announceLifetime(this);
  }

  _inWords(): string {
    return `an open lifetime "${this.lifetime.name}"`;
  }

  get isOpen(): boolean {
    return this.#closing === null;
  }

  get report(): LifetimeReport {
    const stored = [...this.#entries.values()].filter(({ ready }) => ready);
    return {
      name: this.lifetime.name,
      isOpen: this.isOpen,
      resolutions: this.#activities,
      holds: stored.map(({ name }) => name),
      makes: Array.from(this.#making.keys(), (setup) => setup.name),
    };
  }

  /** A resolution begins here. */
  enter(): void {
    this.checkOpen();
    this.#activities++;
  }

  leave(): void {
    if (--this.#activities === 0) this.#lastActivityEnded?.();
  }

  adopt(child: LifetimeStore): void {
    this.checkOpen();
    this.#children.add(child);
  }

  _forget(child: LifetimeStore): void {
    this.#children.delete(child);
  }

  checkOpen(): void {
    if (this.isOpen) return;
    throw new LifetimeNotOpenError(
      `Lifetime "${this.lifetime.name}" was closed: open it again and use that`,
    );
  }

  find(node: PlanNode): Entry | undefined {
    return this.#entries.get(node.storeKey);
  }

  /**
   * Makes a value, in this lifetime's context: neither the cancellation nor the `AsyncLocalStorage` store of the
   * resolution that happens to be first has a part in it. If it fails it is forgotten, and the next resolution tries
   * again.
   */
  create(node: PlanNode, deps: object, pool: Executor | undefined): Entry {
    const setup = new Setup(this, node);
    const entry = new Entry(setup.name);
    this.#entries.set(node.storeKey, entry);
    this.#creating.add(entry);
    this.#making.set(setup, {
      entry,
      key: node.storeKey,
      pool: this.pool ?? pool,
      since: rejectionsSoFar(),
    });
    this.#context.runInAsyncScope(launch, undefined, setup, deps);
    return entry;
  }

  inputsWith(name: string): Readonly<Record<string, unknown>> {
    const { parent } = this;
    return Object.hasOwn(this.#inputs, name) || parent === undefined
      ? this.#inputs
      : parent.inputsWith(name);
  }

  hasInput(name: string): boolean {
    return Object.hasOwn(this.inputsWith(name), name);
  }

  /** A lazy function of a value that lives here: it may be called by anybody and at any time while this is open. */
  lazyFunction(
    node: PlanNode,
    blueprint: Blueprint,
    pool: Executor | undefined,
  ): () => Promise<unknown> {
    const targets = targetsOf(blueprint.pathTo(node).slice(-1), [node.provider.inner!], true);
    let compiled: Blueprint | undefined;
    return async () => {
      compiled ??= compile(targets, blueprint.overrides, node);
      this.enter();
      try {
        const walk = new Walk(compiled, {
          inputs: {},
          hosts: [this],
          parent: this.#scope,
          stores: this.chain,
          concurrency: Infinity,
          teardown: "sequential",
          pool: this.pool ?? pool,
        });
        await this.#context.runInAsyncScope(() => walk.setUp());
        walk.enterBody();
        await walk.tearDown();
        walk.conclude();
        return walk.targetValues();
      } finally {
        this.leave();
      }
    };
  }

  close(): Promise<void> {
    const activity = activityIn(this);
    const closed = this._closed();
    return activity === undefined
      ? closed
      : new CloseFromInside(closed, activity, this.lifetime.name);
  }

  _closed(): Promise<void> {
    return (this.#closing ??= this.#context.runInAsyncScope(() => this.#close()));
  }

  _isIn(host: object): boolean {
    return this.chain.get((host as LifetimeStore).lifetime) === host;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const failures = new ProviderFailures();
    for (const child of [...this.#children].reverse()) {
      try {
        await child._closed();
      } catch (error) {
        failures.add(error);
      }
    }
    if (this.#activities > 0) {
      await new Promise<void>((resolve) => {
        this.#lastActivityEnded = resolve;
      });
    }
    // Whoever waited for what is still being made has given up.
    this.#scope._cancel("exit", undefined);
    for (const entry of this.#creating) await entry.created.catch(() => {});
    await this.#tearDown([...this.#held].reverse(), failures);
    this.#entries.clear();
    this.#scope._end();
    this._ended = true;
    this.parent?._forget(this);
    if (failures.primary !== undefined) throw failures.rejection();
  }

  async #tearDown(setups: readonly Setup[], failures: ProviderFailures): Promise<void> {
    const verdict = (): Verdict => {
      const { primary } = failures;
      return primary === undefined ? SUCCESS : { kind: "failure", error: primary.error };
    };
    await tearDownInTurn(setups, { failures, verdict, isEcho: () => false });
  }

  _setupScope(): Scope {
    return this.#scope;
  }

  _executorFor(setup: Setup): Executor | undefined {
    return this.#making.get(setup)!.pool;
  }

  _hold(setup: Setup): void {
    this.#held.add(setup);
  }

  _arrived(setup: Setup, value: unknown): void {
    const { entry } = this.#settled(setup);
    this.#creating.delete(entry);
    entry.value = value;
    entry.ready = true;
    entry.settle();
  }

  _overdue(setup: Setup, error: DeadlineError): void {
    rememberPath(error, setup.path);
  }

  _failed(setup: Setup, error: unknown): void {
    const { entry, key, since } = this.#settled(setup);
    this.#held.delete(setup);
    const failures = new ProviderFailures(since);
    failures.attribute(setup, error);
    failures.add(error);
    const forget = (): void => {
      this.#entries.delete(key);
      this.#creating.delete(entry);
      entry.settle({ error: failures.rejection() });
    };
    if (setup._resource === null) {
      forget();
      return;
    }
    // Nobody will use what a failed creation has acquired.
    void this.#tearDown([setup], failures).then(forget);
  }

  #settled(setup: Setup): Making {
    const made = this.#making.get(setup)!;
    this.#making.delete(setup);
    return made;
  }

  static {
    knowInCopies(this, "LifetimeStore");
  }
}
