/** Any function, to carry. */
export type AnyFunction = (...args: never[]) => unknown;

/** Any function, to call. */
export type UncheckedFunction = (...args: unknown[]) => unknown;
