import { DeadlockError } from "../../errors.ts";
import { DORMANT, type PlanNode } from "../plan/plan-node.ts";
import { countDown, FAILED, READY, STARTED } from "./node-states.ts";

/** The walk, as far as lazy functions need it. */
export interface Demanded {
  readonly states: number[];
  readonly values: unknown[];
  /** Why nothing starts any more; `undefined` while things may start. */
  refusal(): { readonly reason: unknown } | undefined;
  enqueue(node: PlanNode): void;
  proceed(): void;
}

interface Ask {
  /** The one who asks, if that is in the middle of its own setup, and so holds a place that it cannot use. */
  readonly blocked: PlanNode | undefined;
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What the lazy functions of a walk have asked for. */
export class LazyDemands {
  readonly #walk: Demanded;
  /** What is waited for, by whom. */
  readonly #asks = new Map<PlanNode, Ask[]>();
  readonly #awake = new Set<PlanNode>();
  readonly #errors = new Map<PlanNode, unknown>();
  /** The setups that wait for what they asked for, and for how much. */
  readonly #blocked = new Map<PlanNode, number>();

  constructor(walk: Demanded) {
    this.#walk = walk;
  }

  /** How many setups wait for what they asked for. */
  get blocked(): number {
    return this.#blocked.size;
  }

  /** The function that stands for a `lazy`. */
  functionOf(lazy: PlanNode): () => Promise<unknown> {
    return () => this.#ask(lazy);
  }

  #ask(lazy: PlanNode): Promise<unknown> {
    const target = lazy.inner!;
    const { states, values } = this.#walk;
    if (states[target.index] === READY) return Promise.resolve(values[target.index]);
    if (states[target.index] === FAILED) return Promise.reject(this.#errors.get(target));
    const refusal = this.#walk.refusal();
    if (refusal !== undefined && states[target.index] !== STARTED)
      return Promise.reject(refusal.reason);
    const { consumer } = lazy;
    const blocked =
      consumer !== undefined && states[consumer.index] === STARTED ? consumer : undefined;
    if (blocked !== undefined) {
      if (this.#waitsFor(target, blocked)) return Promise.reject(this.#deadlock(target, blocked));
      this.#blocked.set(blocked, (this.#blocked.get(blocked) ?? 0) + 1);
    }
    const ask = makeAsk(blocked);
    const asks = this.#asks.get(target);
    if (asks === undefined) this.#asks.set(target, [ask]);
    else asks.push(ask);
    this.#wake(target);
    this.#walk.proceed();
    return ask.promise;
  }

  /** Lets a sleeping part of the graph run. */
  #wake(target: PlanNode): void {
    const woken: PlanNode[] = [];
    const todo = [target];
    for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
      if (node.level !== DORMANT || this.#awake.has(node)) continue;
      this.#awake.add(node);
      woken.push(node);
      for (const below of waitedFor(node)) todo.push(below);
    }
    const { states } = this.#walk;
    woken.sort((a, b) => a.index - b.index);
    for (const node of woken) {
      if (countDown(states, node.index)) this.#walk.enqueue(node);
    }
  }

  ready(node: PlanNode, value: unknown): void {
    for (const ask of this.#take(node)) ask.resolve(value);
  }

  failed(node: PlanNode, error: unknown): void {
    this.#errors.set(node, error);
    for (const ask of this.#take(node)) ask.reject(error);
  }

  /** Nothing starts any more: what has not started will never be there. */
  refuse(reason: unknown): void {
    for (const [target, asks] of this.#asks) {
      if (this.#walk.states[target.index]! < 0) continue;
      // Who asked may be gone already, or be on the way out for the same reason.
      for (const ask of asks) ask.promise.catch(() => {});
      this.failed(target, reason);
    }
  }

  #take(target: PlanNode): readonly Ask[] {
    const asks = this.#asks.get(target);
    if (asks === undefined) return [];
    this.#asks.delete(target);
    for (const { blocked } of asks) if (blocked !== undefined) this.#answered(blocked);
    return asks;
  }

  #answered(asker: PlanNode): void {
    const left = this.#blocked.get(asker)! - 1;
    if (left === 0) this.#blocked.delete(asker);
    else this.#blocked.set(asker, left);
  }

  /** Whether `target` can only be there once `consumer` is. */
  #waitsFor(target: PlanNode, consumer: PlanNode): boolean {
    const { states } = this.#walk;
    const seen = new Set([target]);
    for (const node of seen) {
      if (node === consumer) return true;
      if (states[node.index] === READY || states[node.index] === FAILED) continue;
      if (states[node.index] !== STARTED) for (const below of waitedFor(node)) seen.add(below);
      for (const [asked, asks] of this.#asks) {
        if (asks.some(({ blocked }) => blocked === node)) seen.add(asked);
      }
    }
    return false;
  }

  #deadlock(target: PlanNode, consumer: PlanNode): DeadlockError {
    const [asker, asked] = [consumer, target].map((node) => node.plan!.pathTo(node).join(" → "));
    return new DeadlockError(
      `\`${asker}\` asks for \`${asked}\` in its own setup, which waits for \`${asker}\` to be ready`,
    );
  }
}

function waitedFor(node: PlanNode): PlanNode[] {
  const below = [...node.after, ...node.deps];
  if (node.provider.kind === "outcome") below.push(node.inner!);
  return below;
}

function makeAsk(blocked: PlanNode | undefined): Ask {
  let resolve!: (value: unknown) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<unknown>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { blocked, promise, resolve, reject };
}
