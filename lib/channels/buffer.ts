const SMALLEST = 16;
/** An array this long is given up when the buffer becomes empty. */
const LARGE = 1024;

/** First in, first out, in a ring: neither end moves the others. */
export class Buffer<T> {
  size = 0;
  /** Invariant: its length is a power of two; slots that hold nothing are `undefined`. */
  #slots: (T | undefined)[] = [];
  #head = 0;

  push(value: T): void {
    if (this.size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.size++) & (this.#slots.length - 1)] = value;
  }

  /** Invariant for its caller: there is one. */
  shift(): T {
    const head = this.#head;
    const value = this.#slots[head] as T;
    this.#slots[head] = undefined;
    this.#head = (head + 1) & (this.#slots.length - 1);
    if (--this.size === 0 && this.#slots.length >= LARGE) {
      this.#slots = [];
      this.#head = 0;
    }
    return value;
  }

  #grow(): void {
    const old = this.#slots;
    const slots: (T | undefined)[] = [];
    for (let i = 0; i < old.length; i++) slots.push(old[(this.#head + i) & (old.length - 1)]);
    const length = Math.max(SMALLEST, old.length * 2);
    while (slots.length < length) slots.push(undefined);
    this.#slots = slots;
    this.#head = 0;
  }
}
