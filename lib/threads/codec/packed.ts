import * as types from "node:util/types";
import { setOwn } from "../../scope/own-property.ts";
import { transferListOf } from "./transfer.ts";

/**
 * Memory for a few small values, in cells of 8 bytes: a tag and a number in each, or a double, or four units of a text.
 */
export class Cells {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly units: Uint16Array;

  /** @param memory - with `length` cells from the cell `offset` on */
  constructor(memory: ArrayBufferLike, offset: number, length: number) {
    this.words = new Int32Array(memory, offset * 8, length * 2);
    this.doubles = new Float64Array(memory, offset * 8, length);
    this.units = new Uint16Array(memory, offset * 8, length * 4);
  }
}

const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const INTEGER = 4;
const DOUBLE = 5;
const TEXT = 6;
const ARRAY = 7;
const OBJECT = 8;

/** Longer texts, and containers with more in them, are better off with structured clone. */
const LONGEST_TEXT = 128;
const MOST_ITEMS = 16;
const MOST_OBJECTS = 16;

let words: Int32Array;
let doubles: Float64Array;
let units: Uint16Array;
let at = 0;
/** To notice one object in two places: it would arrive as two. */
const met: object[] = [];

function enter(cells: Cells): void {
  ({ words, doubles, units } = cells);
  at = 0;
}

/**
 * Writes values, if all of them are small and are what they seem: primitives, short texts, plain objects and arrays of
 * such. Says how many cells that took; -1 if they have to go another way.
 */
export function pack(values: readonly unknown[], cells: Cells): number {
  enter(cells);
  let isPacked = true;
  for (let i = 0; isPacked && i < values.length; i++) isPacked = write(values[i]);
  if (met.length > 0) met.length = 0;
  return isPacked ? at : -1;
}

/** Reads what {@link pack} has written. */
export function unpack(count: number, cells: Cells): unknown[] {
  enter(cells);
  const values: unknown[] = [];
  for (let i = 0; i < count; i++) values.push(read());
  return values;
}

export function unpackOne(cells: Cells): unknown {
  enter(cells);
  return read();
}

function tag(kind: number, number: number): boolean {
  if (at >= doubles.length) return false;
  words[at * 2] = kind;
  words[at * 2 + 1] = number;
  at += 1;
  return true;
}

function write(value: unknown): boolean {
  switch (typeof value) {
    case "number":
      if ((value | 0) === value && !Object.is(value, -0)) return tag(INTEGER, value);
      if (at + 1 >= doubles.length) return false;
      words[at * 2] = DOUBLE;
      doubles[at + 1] = value;
      at += 2;
      return true;
    case "string":
      return writeText(value);
    case "boolean":
      return tag(value ? TRUE : FALSE, 0);
    case "undefined":
      return tag(UNDEFINED, 0);
    case "object":
      if (value === null) return tag(NULL, 0);
      return writeObject(value);
    default:
      return false;
  }
}

function writeText(text: string): boolean {
  const { length } = text;
  const end = at + 1 + ((length + 3) >> 2);
  if (length > LONGEST_TEXT || end > doubles.length) return false;
  words[at * 2] = TEXT;
  words[at * 2 + 1] = length;
  const start = (at + 1) * 4;
  for (let i = 0; i < length; i++) units[start + i] = text.charCodeAt(i);
  at = end;
  return true;
}

/** What is more than it shows goes another way, and is refused there if need be. No code of the value runs. */
function writeObject(value: object): boolean {
  if (met.length >= MOST_OBJECTS || met.includes(value)) return false;
  if (types.isProxy(value) || transferListOf(value) !== undefined) return false;
  if (!Object.isExtensible(value) || Object.getOwnPropertySymbols(value).length > 0) return false;
  met.push(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return writeRecord(value);
  return prototype === Array.prototype && Array.isArray(value) && writeArray(value);
}

function writeRecord(record: object): boolean {
  const keys = Object.getOwnPropertyNames(record);
  const { length } = keys;
  if (length > MOST_ITEMS || !tag(OBJECT, length)) return false;
  for (let i = 0; i < length; i++) {
    const key = keys[i]!;
    if (key === "__proto__" || !writeText(key) || !writeProperty(record, key)) return false;
  }
  return true;
}

function writeArray(array: readonly unknown[]): boolean {
  const { length } = array;
  // One more is the length itself.
  if (length > MOST_ITEMS || Object.getOwnPropertyNames(array).length !== length + 1) return false;
  if (!tag(ARRAY, length)) return false;
  for (let i = 0; i < length; i++) if (!writeProperty(array, i)) return false;
  return true;
}

function writeProperty(holder: object, key: PropertyKey): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(holder, key);
  return (
    descriptor?.writable === true &&
    descriptor.enumerable === true &&
    descriptor.configurable === true &&
    write(descriptor.value)
  );
}

function read(): unknown {
  const kind = words[at * 2];
  const number = words[at * 2 + 1]!;
  at += 1;
  switch (kind) {
    case INTEGER:
      return number;
    case DOUBLE:
      return doubles[at++];
    case TEXT:
      return readText(number);
    case TRUE:
      return true;
    case FALSE:
      return false;
    case NULL:
      return null;
    case ARRAY: {
      const array: unknown[] = [];
      for (let i = 0; i < number; i++) array.push(read());
      return array;
    }
    case OBJECT: {
      const record: Record<string, unknown> = {};
      for (let i = 0; i < number; i++) {
        const length = words[at * 2 + 1]!;
        at += 1;
        const key = readText(length);
        // Not what a prototype has under that name.
        if (key in record) setOwn(record, key, read());
        else record[key] = read();
      }
      return record;
    }
    default:
      return undefined;
  }
}

function readText(length: number): string {
  const start = at * 4;
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(units[start + i]!);
  at += (length + 3) >> 2;
  return text;
}
