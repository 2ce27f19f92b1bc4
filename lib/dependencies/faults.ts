import { Failures } from "../scope/failures.ts";
import { rememberPath } from "./dependency-path.ts";
import type { Setup } from "./setup.ts";

/** What went wrong in a walk. */
export class Faults {
  readonly failures: Failures = new Failures();
  /** Errors whose origin is known. */
  readonly #blamed = new Set<unknown>();

  /** The first failure; the walk has not failed while there is none. */
  get primary(): { readonly error: unknown } | undefined {
    const { list } = this.failures;
    return list.length === 0 ? undefined : { error: list[0] };
  }

  /** An error comes from where it came out first, whoever passes it on. */
  blame(setup: Setup, error: unknown): void {
    if (this.#blamed.has(error)) return;
    this.#blamed.add(error);
    rememberPath(error, setup.path);
  }
}
