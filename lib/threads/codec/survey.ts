import * as types from "./introspection.ts";
import { builtinPathOf } from "./realm.ts";
import { eachEntry, eachItem } from "./intrinsics.ts";
import { recordError } from "./error-record.ts";
import type { EncodeHooks, Findings, Special } from "./findings.ts";
import {
  CLOSED,
  closureOf,
  FROZEN,
  hasMore,
  hasNames,
  type Irregularity,
  irregularityOf,
  isIrregularProperty,
  LISTED,
  OPEN,
} from "./irregular.ts";
import { isLight, isPlain, type Kind, kindOf } from "./kinds.ts";
import { isDetached, isWhole, memoryOf, viewsApart } from "./memory.ts";
import { DETACHED, MUST_MOVE, ODD_INDEX, refuse, SHARED, TOO_DEEP } from "./refusal.ts";
import { encodeSymbol } from "./symbols.ts";

/** Deeper values overflow the stack of one side or the other. */
const DEEPEST = 1_100;

/** So many objects of a value are looked at closely, however much they are like each other. */
const CLOSELY = 16;

/** Empty slots in a row after which an array is taken for a sparse one. */
const LONGEST_GAP = 1_000;

/**
 * Visits everything in `root`, in the order of structured clone, and runs none of its code.
 *
 * @param isTrusting - Whether an object with the same names as the one before is taken to be like it, from the time
 *   when many have been looked at: rows are. It may have a getter all the same, or more than shows.
 */
export function survey(
  root: unknown,
  base: readonly string[],
  hooks: EncodeHooks | undefined,
  isTrusting = false,
): Findings | undefined {
  if (isLight(root)) return undefined;
  return new Survey(root, base, hooks, isTrusting).run();
}

const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, isExtensible } =
  Object;

class Survey implements Findings {
  readonly specials = new Map<unknown, Special>();
  readonly replacements = new Map<unknown, unknown>();
  readonly buffers = new Set<object>();
  readonly bare = new Set<object>();
  readonly closed = new Map<object, number>();
  readonly #root: unknown;
  readonly #base: readonly string[];
  readonly #hooks: EncodeHooks | undefined;
  readonly #pending: object[] = [];
  readonly #depths: number[] = [];
  readonly #seen = new Set<object>();
  /** Views of a part of their memory. */
  readonly #parts: NodeJS.ArrayBufferView[] = [];
  /** Memory that travels as a whole. */
  readonly #wholes = new Set<ArrayBufferLike>();
  readonly #isOnWire: boolean;
  #depth = 0;
  /** How many objects have to be looked at closely. */
  #close: number;
  /** The names of the last object that was. */
  #names: readonly string[] = [];

  constructor(
    root: unknown,
    base: readonly string[],
    hooks: EncodeHooks | undefined,
    isTrusting: boolean,
  ) {
    this.#root = root;
    this.#base = base;
    this.#hooks = hooks;
    this.#isOnWire = hooks?.medium === "wire";
    this.#close = isTrusting ? CLOSELY : Number.POSITIVE_INFINITY;
  }

  run(): Findings | undefined {
    this.#meet(this.#root);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#depth = this.#depths.pop()! + 1;
      const before = this.#seen.size;
      if (this.#seen.add(next).size === before) continue;
      if (this.#depth > DEEPEST) this.#replace(next, TOO_DEEP);
      else if (isPlain(next)) this.#visitRecord(next, "plain");
      else this.#visit(next, kindOf(next));
    }
    this.#setApart();
    const { specials, replacements, buffers, bare, closed } = this;
    const found = specials.size + replacements.size + buffers.size + bare.size + closed.size;
    return found === 0 ? undefined : this;
  }

  #meet(value: unknown): void {
    if (typeof value === "object") {
      if (value !== null) {
        this.#pending.push(value);
        this.#depths.push(this.#depth);
      }
    } else if (typeof value === "function" || typeof value === "symbol") {
      this.#replace(value);
    }
  }

  #visit(value: object, kind: Kind): void {
    switch (kind) {
      case "plain":
        return this.#visitRecord(value, kind);
      case "array":
        return this.#visitArray(value as readonly unknown[]);
      case "bare":
        this.bare.add(value);
        return this.#visitRecord(value, kind);
      case "error":
        return this.#visitError(value as Error);
      case "host":
        return this.#isOnWire ? this.#replace(value) : this.#visitHost(value);
      case "opaque":
        return this.#replace(value);
      case "movable":
        return this.#replace(value, this.#isOnWire ? undefined : MUST_MOVE);
      default:
        if (hasMore(value, kind)) return this.#replace(value, irregularityOf(value, kind));
        this.#noteClosed(value);
        this.#visitBuiltin(value, kind);
    }
  }

  #visitBuiltin(value: object, kind: Kind): void {
    const start = this.#pending.length;
    switch (kind) {
      case "map":
        eachEntry(value, (item, key) => {
          this.#meet(key);
          this.#meet(item);
        });
        return this.#inOrder(start);
      case "set":
        eachItem(value, (item) => this.#meet(item));
        return this.#inOrder(start);
      case "expression":
        return this.#visitExpression(value as RegExp);
      case "memory":
        if (this.#isOnWire && types.isSharedArrayBuffer(value)) this.#replace(value, SHARED);
        this.#wholes.add(value as ArrayBufferLike);
        if (isDetached(value as ArrayBufferLike)) this.#replace(value, DETACHED);
        return;
      case "view":
      case "buffer":
        return this.#visitView(value as NodeJS.ArrayBufferView, kind);
    }
  }

  #visitRecord(value: object, kind: Kind): void {
    if (!isExtensible(value)) this.#noteClosed(value);
    const start = this.#pending.length;
    if (--this.#close < 0 && this.#looksLikeLast(value)) {
      if (this.#pending.length > start + 1) this.#inOrder(start);
      return;
    }
    this.#pending.length = this.#depths.length = start;
    this.#names = getOwnPropertyNames(value);
    this.#visitNames(value, kind);
  }

  /** Meets what an object holds, as long as it has the names of the one before. */
  #looksLikeLast(value: object): boolean {
    const names = this.#names;
    let count = 0;
    for (const name in value) {
      if (name !== names[count++]) return false;
      const held = (value as Record<string, unknown>)[name];
      if (typeof held === "object") {
        if (held === null) continue;
        this.#pending.push(held);
        this.#depths.push(this.#depth);
      } else if (typeof held === "function" || typeof held === "symbol") {
        this.#replace(held);
      }
    }
    return count === names.length;
  }

  #visitNames(value: object, kind: Kind): void {
    const start = this.#pending.length;
    const closure = this.closed.get(value) ?? OPEN;
    let isRegular = getOwnPropertySymbols(value).length === 0;
    const names = kind === "array" ? getOwnPropertyNames(value) : this.#names;
    for (let i = 0; isRegular && i < names.length; i++) {
      const name = names[i]!;
      const property = getOwnPropertyDescriptor(value, name)!;
      if (
        property.writable === true &&
        property.enumerable === true &&
        property.configurable === true
      ) {
        this.#meet(property.value);
      } else if (kind === "array" && name === "length") {
        isRegular = property.writable === true || closure === FROZEN;
      } else {
        isRegular = !isIrregularProperty(property, closure);
        if (isRegular) this.#meet(property.value);
      }
    }
    if (isRegular) return this.#inOrder(start);
    this.#pending.length = this.#depths.length = start;
    this.#replace(value, irregularityOf(value, kind));
  }

  /** What was met first is to be visited first. */
  #inOrder(start: number): void {
    const pending = this.#pending;
    for (let i = start, j = pending.length - 1; i < j; i++, j--) {
      const last = pending[j]!;
      pending[j] = pending[i]!;
      pending[i] = last;
    }
  }

  #visitArray(value: readonly unknown[]): void {
    if (!isExtensible(value)) this.#noteClosed(value);
    if (value.length <= LISTED || hasNames(value)) return this.#visitNames(value, "array");
    if (getOwnPropertySymbols(value).length > 0 || this.closed.has(value)) {
      return this.#visitNames(value, "array");
    }
    const start = this.#pending.length;
    let gap = 0;
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (!isLight(item)) {
        gap = 0;
        this.#meet(item);
      } else if (item !== undefined || index in value) {
        gap = 0;
      } else if (++gap > LONGEST_GAP) {
        this.#pending.length = this.#depths.length = start;
        return this.#visitNames(value, "array");
      }
    }
    this.#inOrder(start);
  }

  #noteClosed(value: object): number {
    if (Object.isExtensible(value)) return OPEN;
    const closure = closureOf(value);
    if (closure >= CLOSED) this.closed.set(value, closure);
    return closure;
  }

  #visitExpression(value: RegExp): void {
    const lastIndex: unknown = value.lastIndex;
    if (lastIndex === 0) return;
    if (typeof lastIndex !== "number") return this.#replace(value, ODD_INDEX);
    this.specials.set(value, { kind: "expression", source: value, lastIndex });
  }

  #visitView(view: NodeJS.ArrayBufferView, kind: Kind): void {
    const memory = memoryOf(view);
    if (isDetached(memory)) return this.#replace(view, DETACHED);
    if (kind === "buffer") this.buffers.add(view);
    if (types.isSharedArrayBuffer(memory))
      return this.#isOnWire ? this.#replace(view, SHARED) : undefined;
    if (isWhole(view, memory)) this.#wholes.add(memory);
    else if (!this.#moves(memory)) this.#parts.push(view);
  }

  /** Structured clone copies the whole memory behind a view, and small Buffers are views of one that they share. */
  #setApart(): void {
    if (this.#parts.length === 0) return;
    const parts = this.#parts.filter((view) => !this.#wholes.has(memoryOf(view)));
    for (const [view, apart] of viewsApart(parts)) this.replacements.set(view, apart);
  }

  /** Classes of Node can be cloned; not so each of their objects. */
  #visitHost(value: object): void {
    if (this.#hooks?.onRefused === undefined) return;
    try {
      structuredClone(value);
    } catch {
      this.#replace(value);
    }
  }

  #visitError(error: Error): void {
    const onAccessor = (key: PropertyKey): string => {
      if (this.#hooks?.onRefused !== undefined) return "[Getter]";
      throw refuse(this.#root, error, this.#base, {
        irregularity: irregularityOf(error, "plain"),
        key,
      });
    };
    const record = recordError(error, onAccessor);
    this.specials.set(error, record);
    // What an error holds is sent beside it, so it begins anew.
    this.#depth = 0;
    this.#meet(record.values);
  }

  #moves(value: object): boolean {
    return this.#hooks?.transfer?.includes(value) === true;
  }

  #replace(value: object | symbol, irregularity?: Irregularity): void {
    if (this.specials.has(value) || this.replacements.has(value)) return;
    if (typeof value === "object" && irregularity !== DETACHED && this.#moves(value)) return;
    const special = irregularity === TOO_DEEP ? undefined : this.#specialFor(value);
    if (special !== undefined) {
      this.specials.set(value, special);
      return;
    }
    if (this.#hooks?.onRefused === undefined) {
      const { medium, takesCallbacks = true } = this.#hooks ?? {};
      const canCall = takesCallbacks && this.#base[0] === "args" && medium !== "wire";
      throw refuse(this.#root, value, this.#base, { irregularity, canCall, medium });
    }
    if (typeof value === "object") {
      for (const noted of [this.bare, this.closed, this.buffers]) noted.delete(value);
    }
    const instead = this.#hooks.onRefused(value, irregularity === TOO_DEEP);
    this.replacements.set(value, instead);
    this.#meet(instead);
  }

  #specialFor(value: object | symbol): Special | undefined {
    if (typeof value === "symbol") return encodeSymbol(value);
    if (types.isProxy(value) && typeof value === "object") return undefined;
    const payload = this.#hooks?.onSpecial?.(value);
    if (payload !== undefined) return { kind: "hook", payload };
    if (this.#isOnWire) return undefined;
    const path = types.isProxy(value) ? undefined : builtinPathOf(value);
    return path === undefined ? undefined : { kind: "builtin", path };
  }
}
