import { type Chooser, type Question, TIME } from "./chooser.ts";
import { ownerOf } from "./owner.ts";

/** At so many points of a run the task that would go on falls behind all others: faults that need more are rare. */
const CHANGES = 2;

/**
 * Gives every task a priority by chance, and lets the highest go on; at a few points the highest becomes the lowest.
 * Finds a fault that needs few such changes with a likelihood that can be told, however long the run.
 *
 * The algorithm is PCT of Burckhardt, Kothari, Musuvathi and Nagarakatte (2010).
 */
export class PriorityChooser implements Chooser {
  readonly #random: () => number;
  readonly #changes: ReadonlySet<number>;
  readonly #priorities = new Map<object, number>();
  #step = 0;
  #lowest = 0;

  /** @param length - about how many questions there are in a run */
  constructor(random: () => number, length: number) {
    this.#random = random;
    const step = (): number => Math.floor(random() * length);
    this.#changes = new Set(Array.from({ length: CHANGES }, step));
  }

  choose({ kind, count, whose }: Question): number {
    const changes = this.#changes.has(this.#step++);
    if (kind === "pick") return Math.floor(this.#random() * count);
    if (kind !== "next") return 1;
    const owners = whose.map((each) => (each === TIME ? TIME : ownerOf(each)));
    if (changes) this.#priorities.set(owners[this.#highest(owners)]!, --this.#lowest);
    return this.#highest(owners);
  }

  #highest(owners: readonly object[]): number {
    const priorities = owners.map((owner) => this.#priorityOf(owner));
    return priorities.indexOf(Math.max(...priorities));
  }

  #priorityOf(owner: object): number {
    let priority = this.#priorities.get(owner);
    if (priority === undefined) this.#priorities.set(owner, (priority = this.#random()));
    return priority;
  }
}
