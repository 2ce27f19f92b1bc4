import type { CancelScope } from "../../scope/cancel-scope.ts";

/**
 * What the function of a provider gets as its second parameter: the scope of its setup.
 *
 * It is cancelled when the resolution is cancelled, when another provider fails, or when its own `timeoutMs` is
 * over, and only while its own setup is pending. Once the value is ready its `signal` never fires, so it can be
 * given to a connection without the failure of a sibling cutting the connection before its teardown.
 *
 * @public
 */
export interface ProviderContext extends CancelScope {
  /** The scope itself. */
  readonly scope: CancelScope;
  /** The keys that lead from a target to this provider. */
  readonly path: readonly string[];
}
