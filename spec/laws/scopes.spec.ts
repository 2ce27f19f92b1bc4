import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cancelScope, type CancelScope, type Outcome, sleep } from "../../lib/index.ts";
import { latch, type Latch } from "../support/latch.ts";
import { ManualClock } from "../support/manual-clock.ts";

/** One cancellation: whose, and with what reason; `undefined` for a deadline's, which makes its own. */
interface Event {
  readonly source: Node;
  readonly reason: string | undefined;
}

/** What the model knows of a scope. */
interface Node {
  readonly scope: CancelScope;
  readonly exit: Latch<void>;
  readonly outcome: Promise<Outcome<string> | { rejected: unknown }>;
  readonly calls: unknown[];
  expectedCalls: number;
  parent: Node | null;
  shielded: boolean;
  deadline: number;
  own: Event | null;
  inForce: Event | null;
  ended: boolean;
}

interface Waiter {
  node: Node | null;
  expected: Event | null;
  rejection: { reason: unknown } | null;
}

/** A tree of scopes beside a naive model of it, which computes everything anew after every step. */
class Tree {
  readonly nodes: Node[] = [];
  readonly waiters: Waiter[] = [];
  readonly clock = new ManualClock();
  #reasons = 0;

  open(parent: Node | null, shielded: boolean): void {
    if (parent !== null && this.#live(parent)?.inForce && !shielded) return;
    const exit = latch();
    let scope!: CancelScope;
    const outcome = cancelScope(
      async (own) => {
        scope = own;
        await exit.promise;
        own.throwIfCancelled();
        return "value";
      },
      { shield: shielded, ...(parent !== null && { scope: parent.scope }) },
    ).catch((rejected: unknown) => ({ rejected }));
    const node: Node = {
      scope,
      exit,
      outcome,
      calls: [],
      expectedCalls: 0,
      parent: parent === null ? null : this.#live(parent),
      shielded,
      deadline: Infinity,
      own: null,
      inForce: null,
      ended: false,
    };
    scope.onCancel((reason) => node.calls.push(reason));
    this.nodes.push(node);
  }

  cancel(node: Node): void {
    const reason = `reason ${this.#reasons++}`;
    node.scope.cancel(reason);
    if (!node.ended) node.own ??= { source: node, reason };
    this.#recompute();
  }

  shield(node: Node, shielded: boolean): void {
    node.scope.shielded = shielded;
    if (!node.ended) node.shielded = shielded;
    this.#recompute();
  }

  /** Far in the future, never, or in the past. */
  move(node: Node, deadline: number): void {
    node.scope.deadline = deadline;
    if (node.ended) return;
    node.deadline = deadline;
    if (deadline === 0) node.own ??= { source: node, reason: undefined };
    this.#recompute();
  }

  wait(node: Node): void {
    const at = node.ended && node.inForce === null ? this.#live(node) : node;
    const waiter: Waiter = { node: at, expected: at?.inForce ?? null, rejection: null };
    sleep(Infinity, node.scope).catch((reason: unknown) => (waiter.rejection = { reason }));
    this.waiters.push(waiter);
  }

  async end(node: Node): Promise<void> {
    if (node.ended) return;
    const outside = node.shielded ? null : (node.parent?.inForce ?? null);
    const event = outside ?? node.inForce;
    node.exit.open();
    const outcome = await node.outcome;
    const reason = event === null ? undefined : (event.reason ?? event.source.scope.reason);
    if (node.inForce === null) assert.deepEqual(outcome, { done: true, value: "value" });
    else if (event?.source === node) assert.deepEqual(outcome, { done: false, reason });
    else assert.deepEqual(outcome, { rejected: reason });
    node.ended = true;
    for (const child of this.nodes) {
      if (child.parent !== node || child.ended) continue;
      child.parent = this.#live(node);
      if (!child.shielded) child.own ??= child.inForce;
    }
    for (const waiter of this.waiters) {
      if (waiter.node === node) waiter.node = this.#live(node);
    }
    this.#recompute();
  }

  async check(): Promise<void> {
    for (let i = 0; i < 5; i++) await Promise.resolve();
    this.nodes.forEach((node, i) => {
      const { scope, inForce } = node;
      assert.equal(scope.cancelled, inForce !== null);
      if (inForce?.reason !== undefined) assert.equal(scope.reason, inForce.reason);
      assert.equal(node.calls.length, node.expectedCalls);
      if (node.ended) return;
      assert.equal(scope.effectiveDeadline, effectiveDeadline(node));
      if (i % 2 === 1) return;
      assert.equal(scope.signal.aborted, scope.cancelled);
      if (inForce !== null) assert.equal(scope.signal.reason, scope.reason);
    });
    for (const { expected, rejection } of this.waiters) {
      assert.equal(rejection !== null, expected !== null);
      if (expected?.reason !== undefined) assert.equal(rejection?.reason, expected.reason);
    }
  }

  #recompute(): void {
    for (const node of this.nodes) {
      if (node.ended) continue;
      const outside = node.shielded ? null : (node.parent?.inForce ?? null);
      const before = node.inForce;
      const holds = before !== null && (before === node.own || before === outside);
      if (!holds) node.inForce = node.own ?? outside;
      if (node.inForce !== null) node.expectedCalls = 1;
    }
    for (const waiter of this.waiters) waiter.expected ??= waiter.node?.inForce ?? null;
  }

  #live(node: Node): Node | null {
    let live: Node | null = node;
    while (live?.ended) live = live.parent;
    return live;
  }
}

function effectiveDeadline(node: Node): number {
  if (node.inForce !== null) return -Infinity;
  let earliest = Infinity;
  for (let at: Node | null = node; at !== null; at = at.shielded ? null : at.parent) {
    earliest = Math.min(earliest, at.deadline);
  }
  return earliest;
}

const nth = fc.nat({ max: 20 });
const step = fc.oneof(
  fc.record({ do: fc.constant("open" as const), nth, shielded: fc.boolean() }),
  fc.record({ do: fc.constant("cancel" as const), nth }),
  fc.record({ do: fc.constant("shield" as const), nth, shielded: fc.boolean() }),
  fc.record({
    do: fc.constant("move" as const),
    nth,
    deadline: fc.constantFrom(0, 1e6, 2e6, 3e6, Infinity),
  }),
  fc.record({ do: fc.constant("wait" as const), nth }),
  fc.record({ do: fc.constant("end" as const), nth }),
);

describe("CancelScope", () => {
  it("obeys one rule, whatever happens in whatever order to a tree of scopes", async () => {
    const holds = fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const tree = new Tree();
        try {
          tree.open(null, false);
          for (const one of steps) {
            const node = tree.nodes[one.nth % tree.nodes.length]!;
            if (one.do === "open") tree.open(node, one.shielded);
            else if (one.do === "cancel") tree.cancel(node);
            else if (one.do === "shield") tree.shield(node, one.shielded);
            else if (one.do === "move") tree.move(node, one.deadline);
            else if (one.do === "wait") tree.wait(node);
            else await tree.end(node);
            await tree.check();
          }
          for (const node of tree.nodes.toReversed()) await tree.end(node);
          await tree.check();
        } finally {
          tree.clock[Symbol.dispose]();
        }
      }),
      { numRuns: 300 },
    );
    await expect(holds).resolves.toBeUndefined();
  });
});
