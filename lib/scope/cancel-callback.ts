import { AsyncResource } from "../host.ts";
import { Listener, type Trunk, unlink } from "./branch.ts";
import type { Cancellation } from "./cancellation.ts";

/** A callback registered with `onCancel`, and the registration that its caller can dispose. */
export class CancelCallback extends Listener implements Disposable {
  readonly #owner: Trunk;
  readonly #context = new AsyncResource("skein.onCancel", { requireManualDestroy: true });
  #callback: ((reason: unknown) => void) | null;

  constructor(owner: Trunk, callback: (reason: unknown) => void) {
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
      (this.#owner._live() ?? this.#owner)._mishap(error);
    }
  }

  [Symbol.dispose](): void {
    this.#callback = null;
    unlink(this);
  }
}

export const nothingToDispose: Disposable = { [Symbol.dispose](): void {} };
