import { types } from "node:util";
import { type BuiltinPath, builtinPathOf } from "./builtins.ts";
import { type ErrorRecord, recordError } from "./error-record.ts";
import { kindOf } from "./kinds.ts";
import { refuse } from "./refusal.ts";

/** What the owner of a hook sends for a value of its own; structured clone must carry it. */
export type EncodedSpecial = object;

export interface EncodeHooks {
  /** Asked about every function, and every object whose class structured clone would lose, before it is refused. */
  onSpecial?(value: object): EncodedSpecial | undefined;
  /** Gives what stands in for a value that cannot cross; without it, such a value is an error. */
  onRefused?(value: unknown): string;
  /** What the call transfers: allowed anywhere in the value, whatever its class. */
  readonly transfer?: readonly unknown[] | undefined;
}

/** A value that is sent as something else, and made again at its places on the other side. */
export type Special =
  | { readonly kind: "symbol"; readonly registered: string }
  | { readonly kind: "symbol"; readonly wellKnown: string }
  | { readonly kind: "builtin"; readonly path: BuiltinPath }
  | { readonly kind: "stand-in"; readonly text: string }
  | { readonly kind: "hook"; readonly payload: EncodedSpecial }
  | { readonly kind: "map"; entries: unknown[] }
  | { readonly kind: "set"; entries: unknown[] }
  | ErrorRecord;

/** What a value holds that structured clone would lose. */
export interface Findings {
  readonly specials: Map<unknown, Special>;
  readonly buffers: Set<Buffer>;
  readonly bare: Set<object>;
  /** Claim: the value is small, so that copying its containers costs next to nothing. */
  readonly isSmall: boolean;
}

/** Up to this many objects it is cheaper to visit some twice than to remember all. */
const UNREMEMBERED = 256;

/** Empty slots in a row after which an array is taken for a sparse one. */
const LONGEST_GAP = 1_000;

/** Only arrays up to this length are searched for properties besides their elements. */
const LISTED_WITH_PROPERTIES = 64;

/** Visits everything in `root`. Iterative: the depth of the value is the caller's business, not the stack's. */
export function survey(
  root: unknown,
  base: readonly string[],
  hooks: EncodeHooks | undefined,
): Findings | undefined {
  if (isLight(root)) return undefined;
  return new Survey(root, base, hooks).run();
}

function isLight(value: unknown): boolean {
  return (
    value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}

class Survey {
  readonly #root: unknown;
  readonly #base: readonly string[];
  readonly #hooks: EncodeHooks | undefined;
  readonly #specials = new Map<unknown, Special>();
  readonly #buffers = new Set<Buffer>();
  readonly #bare = new Set<object>();
  readonly #pending: object[] = [];
  #visited = 0;
  #seen: Set<object> | undefined;

  constructor(root: unknown, base: readonly string[], hooks: EncodeHooks | undefined) {
    this.#root = root;
    this.#base = base;
    this.#hooks = hooks;
  }

  run(): Findings | undefined {
    this.#meet(this.#root);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      if (++this.#visited > UNREMEMBERED) {
        this.#seen ??= new Set();
        const before = this.#seen.size;
        if (this.#seen.add(next).size === before) continue;
      }
      this.#visit(next);
    }
    const isEmpty = this.#specials.size + this.#buffers.size + this.#bare.size === 0;
    if (isEmpty) return undefined;
    return {
      specials: this.#specials,
      buffers: this.#buffers,
      bare: this.#bare,
      isSmall: this.#seen === undefined,
    };
  }

  #meet(value: unknown): void {
    if (typeof value === "object") {
      if (value !== null) this.#pending.push(value);
    } else if (typeof value === "function" || typeof value === "symbol") {
      this.#replace(value);
    }
  }

  #visit(value: object): void {
    switch (kindOf(value)) {
      case "plain":
        if (this.#visitProperties(value) === 0 && Symbol.toStringTag in value) this.#replace(value);
        return;
      case "array":
        return this.#visitArray(value as readonly unknown[]);
      case "leaf":
        return;
      case "bare":
        this.#bare.add(value);
        this.#visitProperties(value);
        return;
      case "map":
        for (const [key, item] of value as ReadonlyMap<unknown, unknown>) {
          this.#meet(key);
          this.#meet(item);
        }
        return;
      case "set":
        for (const item of value as ReadonlySet<unknown>) this.#meet(item);
        return;
      case "buffer":
        this.#buffers.add(value as Buffer);
        return;
      case "error":
        return this.#visitError(value as Error);
      case "opaque":
        return this.#replace(value);
    }
  }

  /** Gives how many there are: `Math` and its like have none that show, and are more than they seem. */
  #visitProperties(value: object): number {
    let count = 0;
    for (const key in value) {
      count++;
      this.#meet((value as Record<string, unknown>)[key]);
    }
    return count;
  }

  #visitArray(value: readonly unknown[]): void {
    if (value.length <= LISTED_WITH_PROPERTIES) return void this.#visitProperties(value);
    let gap = 0;
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (isLight(item)) {
        gap = item === undefined && !(index in value) ? gap + 1 : 0;
        if (gap > LONGEST_GAP) return void this.#visitProperties(value);
      } else {
        this.#meet(item);
      }
    }
  }

  #visitError(error: Error): void {
    if (this.#specials.has(error)) return;
    const record = recordError(error);
    this.#specials.set(error, record);
    this.#pending.push(record.own);
  }

  #replace(value: object | symbol): void {
    if (this.#specials.has(value)) return;
    if (this.#hooks?.transfer?.includes(value) === true) return;
    this.#specials.set(value, this.#specialFor(value));
  }

  #specialFor(value: object | symbol): Special {
    if (typeof value === "symbol") {
      const symbol = encodeSymbol(value);
      if (symbol !== undefined) return symbol;
    } else {
      const payload = this.#hooks?.onSpecial?.(value);
      if (payload !== undefined) return { kind: "hook", payload };
      const path =
        typeof value === "function" || !types.isProxy(value) ? builtinPathOf(value) : undefined;
      if (path !== undefined) return { kind: "builtin", path };
    }
    if (this.#hooks?.onRefused !== undefined) {
      return { kind: "stand-in", text: this.#hooks.onRefused(value) };
    }
    throw refuse(this.#root, value, this.#base);
  }
}

const wellKnown: ReadonlyMap<symbol, string> = new Map(
  Object.getOwnPropertyNames(Symbol)
    .map((name): [unknown, string] => [(Symbol as unknown as Record<string, unknown>)[name], name])
    .filter((entry): entry is [symbol, string] => typeof entry[0] === "symbol"),
);

function encodeSymbol(symbol: symbol): Special | undefined {
  const registered = Symbol.keyFor(symbol);
  if (registered !== undefined) return { kind: "symbol", registered };
  const name = wellKnown.get(symbol);
  return name === undefined ? undefined : { kind: "symbol", wellKnown: name };
}
