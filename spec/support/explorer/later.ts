/** What `await` in the worker's code waits for. */
export class Later {
  /** What is awaited is there: microtasks have no order to explore. */
  static resolve(): undefined {
    return undefined;
  }

  isSettled = false;
  value: unknown;

  constructor(start: (resolve: (value: unknown) => void) => void) {
    start((value) => {
      this.isSettled = true;
      this.value = value;
    });
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it stands for a promise
  then(): void {}
}

/** What an async function of the worker's code has come to. */
export class Done {
  readonly error: { readonly error: unknown } | undefined;
  readonly value: unknown;

  constructor(value: unknown, error?: { readonly error: unknown }) {
    this.value = value;
    this.error = error;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it stands for a promise
  then(): void {}
}
