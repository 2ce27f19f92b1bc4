import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { checkString } from "../scope/option-values.ts";
import { KnownOptions } from "../scope/options.ts";
import { refuse } from "../scope/refuse.ts";
import { addContext, type CallContext, contextNamed, type Run } from "./call-context.ts";
import { declareFunction } from "./closure/declared.ts";
import { refuseContexts } from "./engine.ts";
import { type ModuleReference, moduleUrl } from "./module-url.ts";
import { functionBehind } from "./threaded-function.ts";

/**
 * A part of the surroundings of a call that goes with it: how it is read where the call is made, and put in force where
 * its function runs.
 *
 * @public
 */
export interface ThreadContext<C> extends ThreadContextOptions {
  /**
   * Gives what goes along, when a call is made, in the context of the caller: a value as an argument is one.
   * `undefined`: nothing, and `run` is not called. What it throws is what the call rejects with.
   */
  capture: () => C | undefined;
  /**
   * Calls the function within the context, where it runs, and gives what it has returned; for an iteration, each of its
   * steps. It travels as every function does, once, and sees copies of the variables that it captures.
   */
  run: <R>(context: C, fn: () => R) => R;
}

/**
 * How a context is known.
 *
 * @public
 */
export interface ThreadContextOptions {
  /** What it is called on all machines. Only a context with a name goes with calls to other ones. */
  name?: string | undefined;
}

/** A storage, of Node's kind. */
interface StorageOf<T> {
  getStore(): T | undefined;
  run<R>(store: T, fn: () => R): R;
}

const CONTEXT = /* @__PURE__ */ new KnownOptions<ThreadContext<unknown>>(
  "A thread context",
  () => ({ name: checkString, capture: checkBody, run: checkBody }),
);
const CONTEXT_OPTIONS = /* @__PURE__ */ new KnownOptions<ThreadContextOptions>(
  "A thread context",
  () => ({ name: checkString }),
);

/**
 * Has a part of the caller's surroundings go with every call in a thread: a log context, a `traceparent`. With a `name`
 * it goes with the calls of other executors as well, to every machine whose program has declared a context of that
 * name.
 *
 * The first that is declared is the outermost. What is not declared costs nothing; each that is costs a call its
 * `capture` and, if it has something to carry, a message.
 *
 * @param context - how it is read here, and put in force there
 * @returns disposing it ends that; calls that were made keep what they have
 * @throws TypeError, synchronously, if an argument is invalid, and for a name that another context has
 *
 * @example
 * ```ts
 * import { AsyncLocalStorage } from "node:async_hooks";
 * import { runInThreadpool, threadContext } from "skein";
 *
 * const requests = new AsyncLocalStorage<{ id: string }>();
 * using context = threadContext<string>({
 *   capture: () => requests.getStore()?.id,
 *   run: (id, fn) => {
 *     Object.assign(globalThis, { requestId: id });
 *     return fn();
 *   },
 * });
 * await requests.run({ id: "r1" }, async () => {
 *   console.log(await runInThreadpool(() => Reflect.get(globalThis, "requestId")));
 * });
 * // prints: r1
 * ```
 *
 * @public
 */
export function threadContext<C>(context: ThreadContext<C>): Disposable;

/**
 * Has the store of an `AsyncLocalStorage` go with every call in a thread, where it is a copy. The module that has the
 * storage declares it, at its top level, as it would declare functions with `threaded`; threads import the module, and
 * what runs there finds the store in the storage of that name.
 *
 * Functions that are sent as source have no such module: in the one that the program was started with, and in test
 * runners that load modules their own way, nothing is carried, as nothing there could read it.
 *
 * @param meta - of the module that declares it: `import.meta`, in CommonJS `module`; or its URL
 * @param storage - the storage
 * @param options - what it is called on all machines
 * @returns disposing it ends that
 * @throws TypeError, synchronously, as the other form does. A call whose store cannot be copied rejects with a
 *   `NotTransferableError`
 *
 * @example
 * ```ts no-run
 * // log-context.ts
 * import { AsyncLocalStorage } from "node:async_hooks";
 * import { threadContext } from "skein";
 *
 * export const logContext = new AsyncLocalStorage<{ requestId: string }>();
 * threadContext(import.meta, logContext);
 * ```
 *
 * @public
 */
export function threadContext<T>(
  meta: ModuleReference,
  storage: { getStore(): T | undefined; run<R>(store: T, fn: () => R): R },
  options?: ThreadContextOptions,
): Disposable;

/**
 * Declares a context in a module, so that threads import the module and `run` keeps everything around it.
 *
 * @param meta - of the module that declares it
 * @param context - how it is read here, and put in force there
 * @returns disposing it ends that
 * @throws TypeError, synchronously, as the first form does
 *
 * @public
 */
export function threadContext<C>(meta: ModuleReference, context: ThreadContext<C>): Disposable;

export function threadContext(first: unknown, second?: unknown, options?: unknown): Disposable {
  refuseContexts();
  const declared =
    second === undefined ? contextOf(first) : declaredContext(first, second, options);
  const { name } = declared;
  if (name !== undefined && contextNamed(name) !== undefined) {
    throw new TypeError(
      `Expected \`name\` to be of one context only, got ${got(name)}, which is declared already: give this one another name, or dispose the other`,
    );
  }
  return addContext(declared);
}

function declaredContext(meta: unknown, given: unknown, options: unknown): CallContext {
  const url = moduleUrl(meta);
  const context = isStorage(given) ? storedContext(url, given, options) : contextOf(given);
  declareFunction({ url }, context.run as (...args: never[]) => unknown);
  return context;
}

function contextOf(given: unknown): CallContext {
  if (isStorage(given)) {
    throw new TypeError(
      `Expected \`context\` to be an object with \`capture\` and \`run\`, got ${got(given)}: a storage is declared by its module, \`threadContext(import.meta, storage)\``,
    );
  }
  if (typeof given !== "object" || given === null) {
    refuse("context", "an object with `capture` and `run`", given);
  }
  const { name, capture, run } = CONTEXT.read(given as ThreadContext<unknown>);
  checkBody("capture", capture);
  checkBody("run", run);
  return { name: named(name), capture, run: functionBehind(run) as Run, home: undefined };
}

function storedContext(home: string, storage: StorageOf<unknown>, options: unknown): CallContext {
  const { name } = CONTEXT_OPTIONS.read(options as ThreadContextOptions | undefined);
  const capture = (): unknown => storage.getStore();
  const run: Run = (store, fn) => storage.run(store, fn);
  return { name: named(name), capture, run, home };
}

function named(name: string | undefined): string | undefined {
  if (name === "") refuse("name", "a text", name);
  return name;
}

function isStorage(value: unknown): value is StorageOf<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as StorageOf<unknown>).getStore === "function"
  );
}
