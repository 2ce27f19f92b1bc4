/**
 * Runs something that takes a stack, with so many frames. Where the language's own objects are frozen, it is as many as
 * there are.
 */
export function withStackLimit<T>(frames: number, run: () => T): T {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, "stackTraceLimit", frames);
  try {
    return run();
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}
