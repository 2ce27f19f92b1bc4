import { NotTransferableError } from "../../errors.ts";
import { survey } from "../codec/survey.ts";
import type { EncodeHooks } from "../codec/findings.ts";
import { type Encoded, encodeValue } from "../codec/values.ts";
import { type CapturePath, valueError } from "./refusals.ts";
import type { Slot } from "./shipped-code.ts";

/** Gives the slot of a function, or of an object that cannot be copied, if it has one. */
type SlotOf = (special: object) => Slot | undefined;

/** Arguments and captured values in one piece, so that what is one object here is one object there. */
export interface Together {
  readonly args: readonly unknown[];
  readonly values: readonly unknown[];
}

/** The values that a program captures, each once, and checked. */
export class CapturedValues {
  readonly #values: unknown[] = [];
  readonly #indexes = new Map<object, number>();
  /** Claim: some value holds what structured clone would lose, functions included. */
  #needsEncoding = false;

  get count(): number {
    return this.#values.length;
  }

  has(value: object): boolean {
    return this.#indexes.has(value);
  }

  /** @throws ShipError when structured clone would throw on something in `value`, or lose it. */
  add(value: unknown, name: string, path: CapturePath, slotOf: SlotOf): Slot {
    const isObject = typeof value === "object" && value !== null;
    const known = isObject ? this.#indexes.get(value) : undefined;
    if (known !== undefined) return { kind: "value", index: known };
    const index = this.#values.push(value) - 1;
    // Before the check: a function inside may capture what it is in.
    if (isObject) this.#indexes.set(value, index);
    this.#check(value, name, path, slotOf);
    return { kind: "value", index };
  }

  truncate(count: number): void {
    this.#values.length = count;
    for (const [value, index] of this.#indexes) if (index >= count) this.#indexes.delete(value);
  }

  /** Values are cloned in one piece, so that what is one object here is one object there. */
  encode(slotOf: SlotOf): Encoded {
    if (this.#values.length === 0) return undefined;
    if (!this.#needsEncoding) return this.#values;
    return encodeValue(this.#values, "captures", { onSpecial: slotOf });
  }

  /** The same in one piece with the arguments of the call. Undefined when nothing could be in both. */
  encodeWith(args: readonly unknown[], hooks: EncodeHooks, slotOf: SlotOf): Encoded {
    if (this.#indexes.size === 0) return undefined;
    const onSpecial = (special: object): object | undefined =>
      hooks.onSpecial?.(special) ?? slotOf(special);
    const both: Together = { args, values: this.#values };
    return encodeValue(both, [], { ...hooks, onSpecial });
  }

  #check(value: unknown, name: string, path: CapturePath, slotOf: SlotOf): void {
    try {
      const findings = survey(value, [name], { onSpecial: slotOf });
      if (findings !== undefined) this.#needsEncoding = true;
    } catch (error) {
      if (error instanceof NotTransferableError) throw valueError(path, name, error);
      throw error;
    }
  }
}
