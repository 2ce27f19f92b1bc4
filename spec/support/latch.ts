/** A promise that a test settles by hand. */
export interface Latch<T> {
  readonly promise: Promise<T>;
  open(value: T): void;
  break(error: unknown): void;
}

export function latch<T = void>(): Latch<T> {
  let open!: (value: T) => void;
  let breakWith!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    breakWith = reject;
  });
  return { promise, open, break: breakWith };
}
