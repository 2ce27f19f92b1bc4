import { GeneratorContractError } from "../errors.ts";

/**
 * What a suspended generator is told when it is resumed for the last time: that what was done with its value went well
 * (`next`), that it failed (`throw`), or neither (`return`).
 *
 * @public
 */
export type Verdict =
  | { readonly kind: "success" }
  | { readonly kind: "failure"; readonly error: unknown }
  | { readonly kind: "undecided" };

/**
 * A generator that an executor holds, suspended at its first `yield`, until it is finished.
 *
 * @public
 */
export interface HeldGenerator<T> {
  /** What it yielded. */
  readonly value: T;
  /**
   * Resumes it where it is held, and resolves when it has ended. Not cancellable.
   *
   * @throws what it throws, unless that is the very error it was told of; GeneratorContractError if it yields again;
   *   WorkerLostError if what held it is gone
   */
  finish(verdict: Verdict): Promise<void>;
}

export function neverYielded(name: string): GeneratorContractError {
  return new GeneratorContractError(
    `The generator of \`${name}\` ended before it yielded: it must yield its value once`,
  );
}

export function yieldedTwice(name: string): GeneratorContractError {
  return new GeneratorContractError(
    `The generator of \`${name}\` yielded again when it was resumed: it must yield its value once`,
  );
}
