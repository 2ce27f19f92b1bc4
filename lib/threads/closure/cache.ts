/**
 * Keeps what is costly to find out. When it is full it forgets everything: programs have a bounded number of functions
 * and modules, and those that generate them without end should not fill the memory.
 */
export class Cache<K, V> {
  readonly #most: number;
  readonly #values = new Map<K, V>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: K, find: () => V): V {
    if (this.#values.has(key)) return this.#values.get(key) as V;
    const value = find();
    if (this.#values.size >= this.#most) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
