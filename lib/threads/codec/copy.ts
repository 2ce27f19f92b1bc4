import { kindOf } from "./kinds.ts";
import type { Special } from "./survey.ts";

/** `container[key]` is to become what `special` stands for. */
export type Patch = readonly [container: object, key: string, special: Special];

/** Where the copy goes: `root`, and the places that the other side completes. */
interface Target {
  root: unknown;
  readonly patches: Patch[];
}

/**
 * Copies the objects, arrays, maps and sets of `value` into `target`, so that what cannot be posted is left out of
 * the copy and listed in `target.patches`. Leaves (dates, typed arrays, …) are the very same. Identity and cycles
 * are kept. Iterative, as {@link survey} is.
 */
export function copyContainers(
  value: unknown,
  target: Target,
  specials: ReadonlyMap<unknown, Special>,
  substitutes: ReadonlyMap<object, object>,
): ReadonlyMap<object, object> {
  const copier = new Copier(target.patches, specials, substitutes);
  copier.place(target, "root", value);
  copier.finish();
  return copier.copies;
}

class Copier {
  readonly copies = new Map<object, object>();
  readonly #patches: Patch[];
  readonly #specials: Map<unknown, Special>;
  readonly #substitutes: ReadonlyMap<object, object>;
  readonly #pending: (() => void)[] = [];
  readonly #entered = new Set<Special>();

  constructor(
    patches: Patch[],
    specials: ReadonlyMap<unknown, Special>,
    substitutes: ReadonlyMap<object, object>,
  ) {
    this.#patches = patches;
    this.#specials = new Map(specials);
    this.#substitutes = substitutes;
  }

  finish(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) next();
  }

  place(container: object, key: string, value: unknown): void {
    const special = this.#specialFor(value);
    if (special !== undefined) this.#patches.push([container, key, special]);
    setOwn(container, key, special === undefined ? this.#copyOf(value) : undefined);
  }

  #specialFor(value: unknown): Special | undefined {
    if (typeof value === "object" && value !== null && !this.#specials.has(value)) {
      const kind = kindOf(value);
      // Their keys cannot be patched in place, so they travel as lists.
      if (kind === "map")
        this.#specials.set(value, { kind, entries: [...(value as Map<unknown, unknown>)].flat() });
      if (kind === "set")
        this.#specials.set(value, { kind, entries: [...(value as Set<unknown>)] });
    }
    const special = this.#specials.get(value);
    if (special !== undefined && !this.#entered.has(special)) {
      this.#entered.add(special);
      if (special.kind === "map" || special.kind === "set") {
        special.entries = this.#copyOf(special.entries) as unknown[];
      } else if (special.kind === "error") {
        special.own = this.#copyOf(special.own) as Record<string, unknown>;
      }
    }
    return special;
  }

  #copyOf(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const known = this.#substitutes.get(value) ?? this.copies.get(value);
    if (known !== undefined) return known;
    const kind = kindOf(value);
    if (kind !== "plain" && kind !== "bare" && kind !== "array") return value;
    const copy: object = Array.isArray(value) ? emptyArray(value.length) : {};
    this.copies.set(value, copy);
    this.#pending.push(() => {
      for (const key of Object.keys(value))
        this.place(copy, key, (value as Record<string, unknown>)[key]);
    });
    return copy;
  }
}

function emptyArray(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}

/** Plain assignment, but for the one name that would set the prototype. */
function setOwn(container: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(container, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    (container as Record<string, unknown>)[key] = value;
  }
}
