import { type BuiltinPath, builtinAt } from "./builtins.ts";
import { copyContainers, type Patch } from "./copy.ts";
import { emptyError, fillError } from "./error-record.ts";
import {
  type EncodedSpecial,
  type EncodeHooks,
  type Findings,
  type Special,
  survey,
} from "./survey.ts";

/** A value in the form that is posted: itself, or a {@link Holder} when something in it needs more. */
export type Encoded = unknown;

export interface DecodeHooks {
  /** Makes the value for what `onSpecial` of the other side gave. */
  onSpecial?(special: EncodedSpecial): unknown;
}

/** No property of this name comes from a program; if one does, the value is wrapped once more. */
const MARK = "\0skein";

/** Structured clone keeps identity within one message: lists here point at the very objects in `root`. */
interface Holder {
  readonly [MARK]: true;
  root: unknown;
  readonly buffers: readonly Uint8Array[];
  readonly bare: readonly object[];
  readonly patches: readonly Patch[];
}

/** Below this, the memory that a Buffer shares with others is copied along rather than cut out. */
const WORTH_CUTTING = 1 << 20;

/**
 * Checks that `value` arrives on the other side as what it is, and gives what to post. Plain data is given back
 * as it is, after one visit; what structured clone would lose (Buffers, prototypes of null, errors, registered
 * symbols, built-in functions, specials of the hooks) is written beside it.
 *
 * What structured clone drops everywhere is dropped here too: properties with symbol keys, properties that are not
 * enumerable, and accessors, which arrive as the value they had.
 *
 * @param path - Where the value is, for messages: `"args"`, `"result"`.
 * @throws NotTransferableError naming the path of the first value that would be lost.
 */
export function encodeValue(
  value: unknown,
  path: readonly string[] | string,
  hooks?: EncodeHooks,
): Encoded {
  const findings = survey(value, typeof path === "string" ? [path] : path, hooks);
  if (findings === undefined) return isHolder(value) ? holderOf(value, [], [], []) : value;
  const cut = buffersToCut(findings, hooks);
  if (findings.specials.size === 0 && cut.size === 0) {
    return holderOf(value, [...findings.buffers], [...findings.bare], []);
  }
  const holder = { root: undefined, patches: [] as Patch[] };
  const copied = copyContainers(value, holder, findings.specials, cut);
  const buffers = [...findings.buffers].map((buffer) => cut.get(buffer) ?? buffer);
  const bare = [...findings.bare].map((object) => copied.get(object) ?? object);
  return Object.assign(holder, { [MARK]: true, buffers, bare });
}

/** The value that `encodeValue` was given, made again in this thread. */
export function decodeValue(encoded: Encoded, hooks?: DecodeHooks): unknown {
  if (!isHolder(encoded)) return encoded;
  for (const buffer of encoded.buffers) Object.setPrototypeOf(buffer, Buffer.prototype);
  for (const bare of encoded.bare) Object.setPrototypeOf(bare, null);
  const made = new Map<Special, unknown>();
  // Shells first, then the places that refer to them, then what is in them: so cycles close.
  for (const [container, key, special] of encoded.patches) {
    if (!made.has(special)) made.set(special, makeSpecial(special, hooks));
    setOwn(container, key, made.get(special));
  }
  for (const [special, value] of made) fillSpecial(special, value);
  return encoded.root;
}

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null && Object.hasOwn(value, MARK);
}

function holderOf(
  root: unknown,
  buffers: readonly Uint8Array[],
  bare: readonly object[],
  patches: readonly Patch[],
): Holder {
  return { [MARK]: true, root, buffers, bare, patches };
}

/**
 * Structured clone copies the whole memory behind a view, and small Buffers are views of one shared pool. They are
 * cut out when that is cheap, or when what they would drag along is not.
 */
function buffersToCut(findings: Findings, hooks: EncodeHooks | undefined): Map<Buffer, Uint8Array> {
  const cut = new Map<Buffer, Uint8Array>();
  const isCopying = findings.isSmall || findings.specials.size > 0;
  for (const buffer of findings.buffers) {
    const memory = buffer.buffer;
    const wasted = memory.byteLength - buffer.byteLength;
    if (wasted === 0 || (!isCopying && wasted < WORTH_CUTTING)) continue;
    if (memory instanceof SharedArrayBuffer || hooks?.transfer?.includes(memory) === true) continue;
    cut.set(buffer, new Uint8Array(buffer));
  }
  return cut;
}

function makeSpecial(special: Special, hooks: DecodeHooks | undefined): unknown {
  switch (special.kind) {
    case "symbol":
      return "registered" in special
        ? Symbol.for(special.registered)
        : builtinAt(["globalThis", "Symbol", special.wellKnown] satisfies BuiltinPath);
    case "builtin":
      return builtinAt(special.path);
    case "stand-in":
      return special.text;
    case "hook":
      return hooks?.onSpecial?.(special.payload);
    case "map":
      return new Map();
    case "set":
      return new Set();
    case "error":
      return emptyError(special);
  }
}

function fillSpecial(special: Special, value: unknown): void {
  if (special.kind === "error") {
    fillError(value as Error, special);
  } else if (special.kind === "map") {
    for (let index = 0; index < special.entries.length; index += 2) {
      (value as Map<unknown, unknown>).set(special.entries[index], special.entries[index + 1]);
    }
  } else if (special.kind === "set") {
    for (const entry of special.entries) (value as Set<unknown>).add(entry);
  }
}

/** Sets what may be called `__proto__`. */
function setOwn(container: object, key: string, value: unknown): void {
  Object.defineProperty(container, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
