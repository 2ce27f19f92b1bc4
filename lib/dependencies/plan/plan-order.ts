import type { AnyLifetime } from "../declare/open-lifetime.ts";
import { CycleFound } from "./cycles.ts";
import { labelOfAfter } from "./paths.ts";
import { PlanNode } from "./plan-node.ts";
import type { ProviderRecord } from "../declare/provider.ts";
import type { Substitution } from "./substitution.ts";
import { RecordShapes } from "../declare/values-record.ts";

/** A node whose dependencies are being visited. */
interface Frame {
  readonly node: PlanNode;
  /** Places visited so far: first `after`, then the keys, then what a `lazy` or an `outcome` is about. */
  visited: number;
}

/** The nodes of a plan, dependencies before dependents, as a depth-first walk meets them in order of declaration. */
export class PlanOrder {
  readonly nodes: PlanNode[] = [];
  readonly #substitution: Substitution;
  /** Lazy edges that must not decide the order, since they lead back to where they start. */
  readonly #loose: ReadonlySet<ProviderRecord>;
  /** The one that takes the targets' values, if that is not the caller. */
  readonly #taker: PlanNode | undefined;
  readonly #shared = new Map<ProviderRecord, PlanNode>();
  readonly #inputs = new Map<AnyLifetime | undefined, Map<ProviderRecord, PlanNode>>();
  readonly #shapes = new RecordShapes();
  readonly #stack: Frame[] = [];
  readonly #later: PlanNode[] = [];

  constructor(
    substitution: Substitution,
    loose: ReadonlySet<ProviderRecord>,
    taker: PlanNode | undefined,
  ) {
    this.#taker = taker;
    this.#substitution = substitution;
    this.#loose = loose;
  }

  /** The node of a target, with everything below it. */
  visit(provider: ProviderRecord, label: string): PlanNode {
    const node = this.#nodeFor(provider, this.#taker, label);
    this.#walk(node);
    for (let lazy = this.#later.pop(); lazy !== undefined; lazy = this.#later.pop()) {
      lazy.inner = this.#nodeFor(lazy.provider.inner!, lazy, lazy.label);
      this.#walk(lazy.inner);
    }
    return node;
  }

  #walk(top: PlanNode): void {
    const stack = this.#stack;
    this.#enter(top);
    while (stack.length > 0) {
      const frame = stack.at(-1)!;
      const child = this.#nextChild(frame);
      if (child === undefined) {
        frame.node.index = this.nodes.length;
        this.nodes.push(frame.node);
        stack.pop();
      } else if (child.index === OPEN) {
        throw new CycleFound(
          stack.slice(stack.findIndex(({ node }) => node === child)).map(({ node }) => node),
        );
      } else {
        this.#enter(child);
      }
    }
  }

  #enter(node: PlanNode): void {
    if (node.index !== UNSEEN) return;
    node.index = OPEN;
    this.#stack.push({ node, visited: 0 });
  }

  #nextChild(frame: Frame): PlanNode | undefined {
    const { node } = frame;
    const { provider } = node;
    let place = frame.visited++;
    if (place < provider.after.length) {
      const before = provider.after[place]!;
      return (node.after[place] = this.#nodeFor(before, node, labelOfAfter(provider, place)));
    }
    place -= provider.after.length;
    if (place < provider.deps.length) {
      return (node.deps[place] = this.#nodeFor(provider.deps[place]!, node, provider.keys[place]!));
    }
    place -= provider.deps.length;
    if (place > 0 || provider.inner === undefined) return undefined;
    if (this.#loose.has(provider)) {
      this.#later.push(node);
      return undefined;
    }
    return (node.inner = this.#nodeFor(provider.inner, node, node.label));
  }

  /** The node for a provider as seen from `consumer`, or from the caller. */
  #nodeFor(given: ProviderRecord, consumer: PlanNode | undefined, label: string): PlanNode {
    const lifetime = consumer?.lifetime;
    let provider = this.#substitution.of(given);
    let shared = true;
    while (provider.kind === "fresh") {
      provider = this.#substitution.of(provider.inner!);
      shared = false;
    }
    if (provider.kind === "lazy" || provider.kind === "outcome")
      return this.#make(provider, lifetime, label, consumer);
    if (provider.kind === "input")
      return this.#remembered(this.#inputsIn(lifetime), provider, lifetime, label);
    // A fresh value goes with the one it was made for.
    if (!shared) return this.#make(provider, lifetime, label, consumer);
    return this.#remembered(this.#shared, provider, provider.lifetime, label);
  }

  #remembered(
    nodes: Map<ProviderRecord, PlanNode>,
    provider: ProviderRecord,
    lifetime: AnyLifetime | undefined,
    label: string,
  ): PlanNode {
    let node = nodes.get(provider);
    if (node === undefined) nodes.set(provider, (node = this.#make(provider, lifetime, label)));
    return node;
  }

  #make(
    provider: ProviderRecord,
    lifetime: AnyLifetime | undefined,
    label: string,
    consumer?: PlanNode,
  ): PlanNode {
    return new PlanNode(provider, lifetime, label, this.#shapes.of(provider.keys), consumer);
  }

  #inputsIn(lifetime: AnyLifetime | undefined): Map<ProviderRecord, PlanNode> {
    let inputs = this.#inputs.get(lifetime);
    if (inputs === undefined) this.#inputs.set(lifetime, (inputs = new Map()));
    return inputs;
  }
}

const UNSEEN = -1;
const OPEN = -2;
