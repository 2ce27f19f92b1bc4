import * as types from "./introspection.ts";
import { setOwn } from "../../scope/own-property.ts";
import { eachEntry, eachItem } from "./intrinsics.ts";
import { isLight, isPlain, kindOf } from "./kinds.ts";
import { memoryOf } from "./memory.ts";

type Container = Record<string, unknown> | unknown[] | Map<unknown, unknown> | Set<unknown>;

/**
 * A copy of a value, as structured clone makes it, in which what is to move with it is the very same. Identity and
 * cycles are kept.
 *
 * @param value - one that has been encoded: nothing in it is refused
 * @throws DOMException for what cannot be cloned all the same
 */
export function copyButMoved<T>(value: T, moved: readonly unknown[]): T {
  if (moved.length === 0) return structuredClone(value);
  const { containers, leaves } = sorted(value, new Set(moved));
  const copies = new Map<unknown, unknown>();
  // In one clone, for several views may be of one memory.
  const cloned = structuredClone(leaves);
  for (const [index, leaf] of leaves.entries()) copies.set(leaf, cloned[index]);
  for (const container of containers) copies.set(container, emptyLike(container));
  const copyOf = (part: unknown): unknown => copies.get(part) ?? part;
  for (const container of containers) {
    fill(copies.get(container) as Container, container, copyOf);
  }
  return copyOf(value) as T;
}

/** What a value consists of: what holds others, and what is cloned as a whole. */
function sorted(
  value: unknown,
  moved: ReadonlySet<unknown>,
): { containers: Container[]; leaves: object[] } {
  const containers: Container[] = [];
  const leaves: object[] = [];
  const seen = new Set<unknown>();
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    if (
      moved.has(next) ||
      (ArrayBuffer.isView(next) && moved.has(memoryOf(next as NodeJS.ArrayBufferView)))
    )
      continue;
    const parts = isContainer(next) ? partsOf(next) : [];
    // Rows of data are most of what there is.
    if (parts.every(isLight)) leaves.push(next);
    else {
      containers.push(next as Container);
      for (const part of parts) pending.push(part);
    }
  }
  return { containers, leaves };
}

function isContainer(value: object): value is Container {
  return isPlain(value) || /^(plain|bare|array|map|set)$/.test(kindOf(value));
}

function partsOf(container: Container): unknown[] {
  const parts: unknown[] = [];
  if (types.isSet(container)) eachItem(container, (item) => parts.push(item));
  else if (types.isMap(container)) eachEntry(container, (item, key) => parts.push(key, item));
  else return Object.values(container);
  return parts;
}

function emptyLike(container: Container): Container {
  if (types.isSet(container)) return new Set();
  if (types.isMap(container)) return new Map();
  if (!Array.isArray(container)) return {};
  const array: unknown[] = [];
  array.length = container.length;
  return array;
}

function fill(copy: Container, container: Container, copyOf: (part: unknown) => unknown): void {
  if (types.isSet(container)) {
    eachItem(container, (item) => (copy as Set<unknown>).add(copyOf(item)));
  } else if (types.isMap(container)) {
    eachEntry(container, (item, key) =>
      (copy as Map<unknown, unknown>).set(copyOf(key), copyOf(item)),
    );
  } else {
    for (const [key, part] of Object.entries(container)) setOwn(copy, key, copyOf(part));
  }
}
