/** What is to happen after some time, or at once when the round comes to its end: nothing that waits for it waits long. */
export class Later {
  #waiting = new Set();
  #isHurried = false;

  do(ms, action) {
    const planned = { action, timer: undefined };
    planned.timer = setTimeout(() => this.#run(planned), this.#isHurried ? 0 : ms);
    this.#waiting.add(planned);
  }

  pause(ms) {
    return new Promise((resolve) => this.do(ms, resolve));
  }

  /** Does all of it now, and from now on everything at once. */
  hurry() {
    this.#isHurried = true;
    for (const planned of this.#waiting) this.#run(planned);
  }

  #run(planned) {
    clearTimeout(planned.timer);
    if (this.#waiting.delete(planned)) planned.action();
  }

  /** At the moment of that name, or so many milliseconds later. */
  at(when, action) {
    if (when === "microtask") queueMicrotask(action);
    else if (when === "turn") setImmediate(() => action());
    else this.do(when, action);
  }
}
