import { AsyncResource } from "../host.ts";
import { Listener, type ParentScope, unlink } from "./scope-child.ts";
import type { Cancellation } from "./cancellation.ts";

/** A callback registered with `onCancel`, and the registration that its caller can dispose. */
export class CancelCallback extends Listener implements Disposable {
  readonly #owner: ParentScope;
  readonly #context = new AsyncResource("skein.onCancel", { requireManualDestroy: true });
  #callback: ((reason: unknown) => void) | null;

  constructor(owner: ParentScope, callback: (reason: unknown) => void) {
    super();
    this.#owner = owner;
    this.#callback = callback;
  }

  override _deliver(cancellation: Cancellation): void {
    const callback = this.#callback;
    if (callback === null) return;
    this.#callback = null;
    try {
      this.#context.runInAsyncScope(callback, undefined, cancellation.reason);
    } catch (error) {
      (this.#owner._live() ?? this.#owner)._callbackFailed(error);
    }
  }

  [Symbol.dispose](): void {
    this.#callback = null;
    unlink(this);
  }
}

export const nothingToDispose: Disposable = { [Symbol.dispose](): void {} };
