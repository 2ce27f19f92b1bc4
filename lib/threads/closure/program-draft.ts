import { ShipError } from "../../errors.ts";
import { CapturedValues } from "./captured-values.ts";
import type { Draft } from "./draft.ts";
import { budgetError, type CapturePath } from "./refusals.ts";
import type { ImportedValue, Slot } from "./shipped-code.ts";
import type { FunctionSource } from "./source.ts";

/** Together these keep a captured function from dragging half of the program along. */
const MOST_FUNCTIONS = 100;
const MOST_TEXT = 256 * 1024;

/** What has been collected of a program so far. */
export class ProgramDraft {
  readonly functions: Draft[] = [];
  /** One for each function and each object that is imported, or of which a part is taken. */
  readonly slots: Map<object, Slot> = new Map();
  readonly values: CapturedValues = new CapturedValues();
  /** Names that mean what is on the global object, with what that was. */
  readonly globals: Map<string, unknown> = new Map();
  /** Claim: of its functions only the first one is seen, and that by nobody but who calls it. */
  isUnseen = true;
  #textSize = 0;

  /** The same for programs that differ in their values only. It says all but the texts, which have numbers. */
  key(): string {
    const parts = this.functions.map(({ source, shipped }) => {
      const { filename, line, column, isStrict, name, home, variables, properties } = shipped;
      return [source.id, filename, line, column, isStrict, name, home, variables, properties];
    });
    return JSON.stringify([parts, this.imports()]);
  }

  imports(): readonly ImportedValue[] {
    const slots = new Set([...this.slots.values()].flatMap(withMembers));
    for (const { shipped } of this.functions) {
      for (const [, slot] of shipped.variables) for (const one of withMembers(slot)) slots.add(one);
    }
    return [...slots].flatMap((slot) => (slot.kind === "imported" ? [slot.value] : []));
  }

  remember<S extends Slot | undefined>(value: object, slot: S): S {
    if (slot !== undefined) this.slots.set(value, slot);
    return slot;
  }

  /** Takes a function in. @throws ShipError when it is one too many */
  begin(fn: object, source: FunctionSource, shipped: Draft["shipped"], path: CapturePath): Slot {
    this.#textSize += source.text.length;
    if (this.functions.length >= MOST_FUNCTIONS || this.#textSize > MOST_TEXT) {
      throw budgetError(path, MOST_FUNCTIONS, MOST_TEXT);
    }
    const index = this.functions.push({ source, shipped }) - 1;
    if (source.isClass || source.free.seesItself) this.isUnseen = false;
    return this.remember(fn, { kind: "function", index } as const);
  }

  /** Forgets what `run` has done when it refuses something. */
  tryOr(run: () => Slot, instead: (refusal: ShipError) => Slot): Slot {
    const goBack = this.#bookmark();
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ShipError)) throw error;
      goBack();
      return instead(error);
    }
  }

  #bookmark(): () => void {
    const functions = this.functions.length;
    const values = this.values.count;
    const slots = new Map(this.slots);
    const textSize = this.#textSize;
    const { isUnseen } = this;
    return () => {
      this.functions.length = functions;
      this.values.truncate(values);
      for (const one of this.slots.keys()) if (!slots.has(one)) this.slots.delete(one);
      this.#textSize = textSize;
      this.isUnseen = isUnseen;
    };
  }
}

function withMembers(slot: Slot): Slot[] {
  if (slot.kind !== "members") return [slot];
  return slot.members.flatMap(([, member]) => withMembers(member));
}
