/** What can stand in a list: it carries the links of the list. */
export interface Listed<C extends Listed<C>> {
  list: CallList<C> | undefined;
  before: C | undefined;
  after: C | undefined;
}

/** Calls in order of arrival. Any of them leaves at the same cost, wherever it stands. */
export class CallList<C extends Listed<C>> {
  #first: C | undefined;
  #last: C | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): C | undefined {
    return this.#first;
  }

  push(call: C): void {
    call.list = this;
    call.before = this.#last;
    if (this.#last === undefined) this.#first = call;
    else this.#last.after = call;
    this.#last = call;
    this.#size += 1;
  }

  /** Puts a call at the head: one that had its turn already. */
  unshift(call: C): void {
    call.list = this;
    call.after = this.#first;
    if (this.#first === undefined) this.#last = call;
    else this.#first.before = call;
    this.#first = call;
    this.#size += 1;
  }

  shift(): C | undefined {
    const call = this.#first;
    if (call !== undefined) this.remove(call);
    return call;
  }

  remove(call: C): void {
    const { before, after } = call;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    call.before = call.after = call.list = undefined;
    this.#size -= 1;
  }
}
