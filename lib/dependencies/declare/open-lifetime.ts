import type { Executor } from "../../threads/executor.ts";

/**
 * Inputs of a lifetime that does not say which it needs: any are taken, and what is missing shows at run time.
 *
 * @public
 */
export interface UncheckedInputs {
  readonly [name: string]: unknown;
}

/**
 * How a lifetime is opened.
 *
 * @public
 */
export type OpenOptions<Inputs> = {
  /** The lifetime that encloses this one: its values can be used in it, and closing it closes this one first. */
  readonly parent?: OpenLifetime | undefined;
  /**
   * Where plain functions run whose values live here. Without it, and in no lifetime around this one either, it is the
   * pool of the resolution that needs the value first.
   */
  readonly pool?: Executor | undefined;
} & (Record<never, never> extends Inputs
  ? { readonly inputs?: Inputs | undefined }
  : { readonly inputs: Inputs });

/**
 * A {@link Lifetime}, whatever inputs it needs.
 *
 * @public
 */
export interface AnyLifetime {
  readonly name: string;
}

/**
 * How long values live that outlive one resolution: an application, a connection, a session. Providers are put
 * in it with `provide.in` and `inline.in`; their values are kept in the {@link OpenLifetime} that a resolution
 * runs in.
 *
 * @public
 */
export interface Lifetime<Inputs> extends AnyLifetime {
  /**
   * Opens the lifetime. Nothing is created yet: each value is made when the first resolution needs it.
   *
   * Values are made in the `AsyncLocalStorage` context of this call.
   */
  open(
    ...options: Record<never, never> extends Inputs
      ? [options?: OpenOptions<Inputs>]
      : [options: OpenOptions<Inputs>]
  ): OpenLifetime;
}

/**
 * An opened {@link Lifetime}: it keeps the values of its providers until it is closed.
 *
 * @public
 */
export interface OpenLifetime extends AsyncDisposable {
  readonly lifetime: AnyLifetime;
  readonly parent: OpenLifetime | undefined;
  /** Whether resolutions may still begin in it. */
  readonly isOpen: boolean;
  /**
   * Closes the lifetime: no resolution begins in it any more, those that run are awaited, lifetimes opened inside it
   * are closed, and then what was made in it is torn down, dependents first. Calling it again gives the same promise.
   *
   * Cancellation: none; a teardown that was begun is finished.
   *
   * @throws the first failure of a teardown; `failuresOf` gives them all
   * @throws DeadlockError where it is awaited by what it waits for: by a body, a provider or a teardown that has called
   *   it before its first `await`, or by a provider that uses `skein/ambient`. It closes all the same, and a callback
   *   may follow it
   */
  close(): Promise<void>;
}
