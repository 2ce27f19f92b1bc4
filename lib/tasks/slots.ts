import { link, Listener, type ParentScope, unlink, PlainChild } from "../scope/scope-child.ts";
import type { Cancellation } from "../scope/cancellation.ts";
import { runOrder } from "../scope/run-order.ts";
import { beginLater, nodeOf } from "./begin.ts";
import { type Task, taskInternals } from "./task.ts";
import type { TaskNode } from "./task-node.ts";

let openNew: () => void;

function keepOpener(open: () => void): void {
  openNew = open;
}

/**
 * A number of slots of a group's own, first come, first served. A task in line is its handle, a gate, and a reaction to
 * that, which keeps the context of the spawn. Only one that somebody has looked at has a scope, with a {@link SlotWait}
 * in it.
 */
export class Slots {
  #free: number;
  /** From `#next` on: those in line, and the gates before them. Who is queued no more has been cancelled. */
  #line: Task<unknown>[] = [];
  #gates: (() => void)[] = [];
  #next = 0;
  #cancelled = 0;
  /** Those whose gates have been opened and who have not begun, in that order. */
  readonly #called: Task<unknown>[] = [];
  readonly #watch = new LineWatch(this);

  constructor(total: number) {
    this.#free = total;
  }

  enter(task: Task<unknown>, group: ParentScope): void {
    if (this.#free > 0) {
      this.#free--;
      taskInternals.admit(task);
      beginLater(task);
      return;
    }
    const gate = new Promise<void>(keepOpener);
    this.#line.push(task);
    this.#gates.push(openNew);
    taskInternals.queue(task, true);
    if (taskInternals.node(task) !== null) this.nodeMade(nodeOf(task));
    void gate.then(this.#beginCalled);
    if (this.#watch._prev === null) link(this.#watch, group);
  }

  /** A task that was let in has settled. */
  leave(): void {
    while (this.#next < this.#line.length) {
      const task = this.#line[this.#next]!;
      const open = this.#gates[this.#next]!;
      this.#next++;
      if (this.#next * 2 > this.#line.length) this.#drop();
      if (!taskInternals.isQueued(task)) {
        this.#cancelled--;
        continue;
      }
      taskInternals.queue(task, false);
      taskInternals.admit(task);
      if (taskInternals.node(task) !== null) leaveSlotWait(nodeOf(task));
      this.#called.push(task);
      if (runOrder === null || !runOrder.keepsBegin(nodeOf(task), open)) open();
      return;
    }
    this.#free++;
  }

  /** A task in line has got a scope. */
  nodeMade(node: TaskNode<unknown>): void {
    if (!node._startsAlways) link(new SlotWait(this, node), node);
  }

  attachPending(): void {
    for (const task of this.#line.slice(this.#next)) if (taskInternals.isQueued(task)) nodeOf(task);
  }

  /** A task in line was cancelled, and is forgotten when half of the line were. */
  _cancelledAlone(task: Task<unknown>): void {
    taskInternals.queue(task, false);
    this.#cancelled++;
    if (this.#cancelled * 2 > this.#line.length - this.#next) this.#sweep();
  }

  _cancelledWithGroup(cancellation: Cancellation): void {
    for (const task of this.#line.slice(this.#next)) {
      if (!taskInternals.isQueued(task)) continue;
      const node = nodeOf(task);
      if (node._startsAlways) continue;
      leaveSlotWait(node);
      this._cancelledAlone(task);
      node._interrupted(cancellation);
    }
  }

  /** Gates run their reactions in the order in which they were opened. */
  readonly #beginCalled = (): void => {
    nodeOf(this.#called.shift()!)._begin();
  };

  /** Lets go of those who have left: now and then, so that leaving is cheap on average. */
  #drop(): void {
    this.#line.splice(0, this.#next);
    this.#gates.splice(0, this.#next);
    this.#next = 0;
  }

  #sweep(): void {
    this.#drop();
    const queued = (_: unknown, i: number): boolean => taskInternals.isQueued(this.#line[i]!);
    this.#gates = this.#gates.filter(queued);
    this.#line = this.#line.filter(queued);
    this.#cancelled = 0;
  }
}

/** Hears of the cancellation of the group for all in line. */
class LineWatch extends Listener {
  readonly #slots: Slots;

  constructor(slots: Slots) {
    super();
    this.#slots = slots;
  }

  override _deliver(cancellation: Cancellation): void {
    this.#slots._cancelledWithGroup(cancellation);
  }
}

/** Hears of the cancellation of one task in line, which has then settled at once. */
class SlotWait extends PlainChild {
  readonly #slots: Slots;
  readonly #node: TaskNode<unknown>;

  constructor(slots: Slots, node: TaskNode<unknown>) {
    super();
    this.#slots = slots;
    this.#node = node;
  }

  override _outlives(): boolean {
    return false;
  }

  override _waitsFor(): string {
    return "its turn in a queue";
  }

  override _withdraw(): void {
    this.#slots._cancelledAlone(this.#node.handle);
  }

  override _deliver(cancellation: Cancellation): void {
    this.#node._interrupted(cancellation);
  }
}

function leaveSlotWait(node: TaskNode<unknown>): void {
  for (let child = node._first; child !== null; child = child._next) {
    if (child instanceof SlotWait) {
      unlink(child);
      return;
    }
  }
}
