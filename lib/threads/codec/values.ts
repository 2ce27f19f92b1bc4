import * as types from "./introspection.ts";
import { builtinAt } from "./realm.ts";
import { type Copy, copyContainers, type Patch, type Target } from "./copy.ts";
import { emptyError, fillError } from "./error-record.ts";
import type { EncodedSpecial, EncodeHooks, Findings, Special } from "./findings.ts";
import { close } from "./irregular.ts";
import { setOwn } from "../../scope/own-property.ts";
import { survey } from "./survey.ts";
import { decodeSymbol } from "./symbols.ts";

/** A value in the form that is posted: itself, or a {@link Holder} when something in it needs more. */
export type Encoded = unknown;

export interface DecodeHooks {
  /** Makes the value for what `onSpecial` of the other side gave. */
  onSpecial?(special: EncodedSpecial): unknown;
  /** Claim: it can be made only when everything else is there, of which `onRest` is told. */
  isLate?(special: EncodedSpecial): boolean;
  /** Told of the value as far as it is made, if something in it is late. */
  onRest?(root: unknown): void;
}

/** No property of this name comes from a program; if one does, the value is wrapped once more. */
export const MARK = "\0skein";

/** Structured clone keeps identity within one message: lists here point at the very objects in the value. */
interface Holder {
  readonly [MARK]: true;
  readonly target: Target;
  readonly buffers: readonly object[];
  readonly bare: readonly object[];
  /** Objects that are sealed, frozen or not extensible, and how far. */
  readonly closed: readonly (readonly [object: object, closure: number])[];
  readonly patches: readonly Patch[];
}

/**
 * Checks that `value` arrives on the other side as what it is, and gives what to post. Plain data is given back as it
 * is, after one visit; what structured clone would lose (Buffers, prototypes of null, errors, frozenness, registered
 * symbols, built-in functions, specials of the hooks) is written beside it. No code of the value runs.
 *
 * @param path - Where the value is, for messages: `"args"`, `"result"`.
 * @throws NotTransferableError naming the path of the first value that would be lost.
 */
export function encodeValue(
  value: unknown,
  path: readonly string[] | string,
  hooks?: EncodeHooks,
): Encoded {
  const base = typeof path === "string" ? [path] : path;
  const findings = survey(value, base, hooks, hooks?.onRefused === undefined);
  if (findings === undefined) return isHolder(value) ? holderOf(asItIs(value)) : value;
  const isCopied = findings.specials.size + findings.replacements.size > 0;
  return holderOf(isCopied ? copyContainers(value, findings) : asItIs(value), findings);
}

/** The value that `encodeValue` was given, made again in this thread. */
export function decodeValue(encoded: Encoded, hooks?: DecodeHooks): unknown {
  if (!isHolder(encoded)) return encoded;
  for (const buffer of encoded.buffers)
    Object.setPrototypeOf(buffer, types.bufferPrototype ?? null);
  for (const bare of encoded.bare) Object.setPrototypeOf(bare, null);
  const made = new Map<Special, unknown>();
  const late = new Set(encoded.patches.filter(([, , special]) => isLate(special, hooks)));
  // Shells first, then the places that refer to them, then what is in them: so cycles close.
  for (const patch of encoded.patches) if (!late.has(patch)) place(patch, made, hooks);
  if (late.size > 0) {
    const waiting = new Set(Array.from(late, ([container]) => container));
    for (const [special, value] of made) if (!waits(special, waiting)) fillSpecial(special, value);
    hooks?.onRest?.(encoded.target.root);
    for (const patch of late) place(patch, made, hooks);
    for (const [special, value] of made) if (waits(special, waiting)) fillSpecial(special, value);
  } else {
    for (const [special, value] of made) fillSpecial(special, value);
  }
  for (const [object, closure] of encoded.closed) close(object, closure);
  return encoded.target.root;
}

function isLate(special: Special, hooks: DecodeHooks | undefined): boolean {
  return special.kind === "hook" && hooks?.isLate?.(special.payload) === true;
}

function place(
  [container, key, special]: Patch,
  made: Map<Special, unknown>,
  hooks: DecodeHooks | undefined,
): void {
  if (!made.has(special)) made.set(special, makeSpecial(special, hooks));
  setOwn(container, key, made.get(special));
}

/** Whether something that is in a collection or an error is late. */
function waits(special: Special, waiting: ReadonlySet<object>): boolean {
  if (special.kind === "error") return waiting.has(special.values);
  return (special.kind === "map" || special.kind === "set") && waiting.has(special.entries);
}

/** What a message is to say of a value that has been encoded. */
export function valueWithin(encoded: Encoded): unknown {
  return isHolder(encoded) ? encoded.target.root : encoded;
}

/** Claim: a value was not posted as it is, and is another object than it was. */
export function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null && Object.hasOwn(value, MARK);
}

function asItIs(root: unknown): Copy {
  return { target: { root }, patches: [], copies: new Map() };
}

function holderOf({ target, patches, copies }: Copy, findings?: Findings): Holder {
  const sent = (object: object): object =>
    (findings?.replacements.get(object) as object | undefined) ?? copies.get(object) ?? object;
  // In a copy, maps and sets are made again, and closed then.
  const isSent = (object: object): boolean =>
    patches.length === 0 || !(types.isMap(object) || types.isSet(object));
  return {
    [MARK]: true,
    target,
    buffers: [...(findings?.buffers ?? [])].map(sent),
    bare: [...(findings?.bare ?? [])].map(sent),
    closed: [...(findings?.closed ?? [])]
      .filter(([object]) => isSent(object))
      .map(([object, closure]) => [sent(object), closure] as const),
    patches,
  };
}

function makeSpecial(special: Special, hooks: DecodeHooks | undefined): unknown {
  switch (special.kind) {
    case "symbol":
      return decodeSymbol(special);
    case "builtin":
      return builtinAt(special.path);
    case "hook":
      return hooks?.onSpecial?.(special.payload);
    case "expression":
      return special.source;
    case "map":
      return new Map();
    case "set":
      return new Set();
    case "error":
      return emptyError(special);
  }
}

function fillSpecial(special: Special, value: unknown): void {
  switch (special.kind) {
    case "error":
      return fillError(value as Error, special);
    case "map":
      for (let index = 0; index < special.entries.length; index += 2) {
        (value as Map<unknown, unknown>).set(special.entries[index], special.entries[index + 1]);
      }
      return close(value as object, special.closure);
    case "set":
      for (const entry of special.entries) (value as Set<unknown>).add(entry);
      return close(value as object, special.closure);
    case "expression":
      (value as RegExp).lastIndex = special.lastIndex;
  }
}
