import type { BuiltinPath } from "./realm.ts";
import type { ErrorRecord } from "./error-record.ts";
import type { SharedSymbol } from "./symbols.ts";

/** What the owner of a hook sends for a value of its own; structured clone must carry it. */
export type EncodedSpecial = object;

/** Where a value goes: to a thread of this process, or as bytes to wherever. */
export type Medium = "thread" | "wire";

export interface EncodeHooks {
  /** Default: `"thread"`. On the wire nothing is shared, nothing moves, and what only this process has is refused. */
  readonly medium?: Medium;
  /** Asked about every function, and every object that a copy would not be the same as, before it is refused. */
  onSpecial?(value: object): EncodedSpecial | undefined;
  /** Gives what to send in place of a value that cannot cross; without it, such a value is an error. */
  onRefused?(value: unknown, isTooDeep: boolean): unknown;
  /** False: a function that is refused could not be a callback instead. */
  readonly takesCallbacks?: boolean;
  /** What the call transfers: allowed anywhere in the value, whatever its class. */
  readonly transfer?: readonly unknown[] | undefined;
}

/** A value that is sent as something else, and made again at its places on the other side. */
export type Special =
  | SharedSymbol
  | { readonly kind: "builtin"; readonly path: BuiltinPath }
  | { readonly kind: "hook"; readonly payload: EncodedSpecial }
  | { readonly kind: "expression"; readonly source: RegExp; readonly lastIndex: number }
  | { readonly kind: "map"; entries: unknown[]; closure: number }
  | { readonly kind: "set"; entries: unknown[]; closure: number }
  | ErrorRecord;

/** What a value holds that structured clone would lose. */
export interface Findings {
  readonly specials: Map<unknown, Special>;
  /** What is sent in place of a value. */
  readonly replacements: Map<unknown, unknown>;
  readonly buffers: Set<object>;
  readonly bare: Set<object>;
  readonly closed: Map<object, number>;
}
