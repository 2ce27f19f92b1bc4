import { eachEntry, eachItem } from "./intrinsics.ts";
import { isLight, isPlain, kindOf } from "./kinds.ts";
import { OPEN } from "./irregular.ts";
import { setOwn } from "../../scope/own-property.ts";
import type { Findings, Special } from "./findings.ts";

/** `container[key]` is to become what `special` stands for. */
export type Patch = readonly [container: object, key: string, special: Special];

/** What holds a value, so that there is a place for it that can be completed. */
export interface Target {
  root: unknown;
}

/** A copy, and the places in it that the other side completes. */
export interface Copy {
  readonly target: Target;
  readonly patches: readonly Patch[];
  /** The copies of objects that are not sent themselves. */
  readonly copies: ReadonlyMap<object, object>;
}

/**
 * Copies the objects and arrays of a value that hold others, so that what cannot be posted is left out of the copy and
 * listed in the patches. Leaves (dates, typed arrays, …) are the very same. Identity and cycles are kept.
 */
export function copyContainers(value: unknown, findings: Findings): Copy {
  const copier = new Copier(findings);
  const target: Target = { root: undefined };
  copier.place(target, "root", value);
  copier.finish();
  return { target, patches: copier.patches, copies: copier.copies };
}

class Copier {
  readonly copies = new Map<object, object>();
  readonly patches: Patch[] = [];
  readonly #findings: Findings;
  readonly #specials: Map<unknown, Special>;
  readonly #pending: object[] = [];
  readonly #entered = new Set<Special>();

  constructor(findings: Findings) {
    this.#findings = findings;
    this.#specials = new Map(findings.specials);
  }

  finish(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const copy = this.copies.get(next)!;
      for (const key of Object.keys(next)) {
        this.place(copy, key, (next as Record<string, unknown>)[key]);
      }
    }
  }

  place(container: object, key: string, given: unknown): void {
    let copy = given;
    if (!isLight(given)) {
      const { replacements } = this.#findings;
      const value = replacements.has(given) ? replacements.get(given) : given;
      const special = this.#specialFor(value);
      if (special !== undefined) this.patches.push([container, key, special]);
      copy = special === undefined ? this.#copyOf(value) : undefined;
    }
    // Not what a prototype has under that name.
    if (key in container) setOwn(container, key, copy);
    else (container as Record<string, unknown>)[key] = copy;
  }

  #specialFor(value: unknown): Special | undefined {
    const known = this.#specials.get(value);
    const special = known ?? this.#specialOfCollection(value);
    if (special !== undefined && !this.#entered.has(special)) {
      this.#entered.add(special);
      if (special.kind === "map" || special.kind === "set") {
        special.entries = this.#copyOf(special.entries) as unknown[];
      } else if (special.kind === "error") {
        special.values = this.#copyOf(special.values) as unknown[];
      }
    }
    return special;
  }

  /** Their keys cannot be patched in place, so they travel as lists. */
  #specialOfCollection(value: unknown): Special | undefined {
    if (typeof value !== "object" || value === null || isPlain(value)) return undefined;
    const kind = kindOf(value);
    if (kind !== "map" && kind !== "set") return undefined;
    const entries: unknown[] = [];
    if (kind === "set") eachItem(value, (item) => entries.push(item));
    else {
      eachEntry(value, (item, key) => entries.push(key, item));
    }
    const special = { kind, entries, closure: this.#findings.closed.get(value) ?? OPEN };
    this.#specials.set(value, special);
    return special;
  }

  #copyOf(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.copies.get(value);
    if (known !== undefined) return known;
    const kind = isPlain(value) ? "plain" : kindOf(value);
    if (kind !== "plain" && kind !== "bare" && kind !== "array") return value;
    if (holdsOnlyLight(value)) return value;
    const copy: object = Array.isArray(value) ? emptyArray(value.length) : {};
    this.copies.set(value, copy);
    this.#pending.push(value);
    return copy;
  }
}

/** What is in such an object is sent as it is, and rows of data are most of what there is. */
function holdsOnlyLight(container: object): boolean {
  for (const key in container) {
    if (!isLight((container as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function emptyArray(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}
