import * as types from "node:util/types";
import { textOf } from "../codec/intrinsics.ts";
import { ownData } from "../codec/own-data.ts";
import type { ClassShape } from "./class-shape.ts";
import { type CapturePath, stateError } from "./refusals.ts";
import type { FunctionSource } from "./source.ts";

/** Properties that every function has; `arguments` and `caller` those of sloppy code. */
const ALWAYS = new Set<PropertyKey>(["length", "name", "prototype", "arguments", "caller"]);

/**
 * The properties of a function that its text does not make, by name: what the program has put on it.
 *
 * @throws ShipError for state that cannot be seen from outside, or not be made again
 */
export function ownState(
  fn: object,
  source: FunctionSource,
  path: CapturePath,
): readonly (readonly [name: string, value: unknown])[] {
  return source.shape === undefined
    ? stateOfFunction(fn, source, path)
    : stateOfClass(fn, source, source.shape, path);
}

type State = (readonly [name: string, value: unknown])[];

function stateOfFunction(fn: object, { length }: FunctionSource, path: CapturePath): State {
  if (ownData(fn, "length") !== length) {
    throw stateError(path, "its `length` was changed");
  }
  refusePrototypeOf(fn, path);
  refusePrototype(fn, path);
  const state: State = [];
  for (const key of Reflect.ownKeys(fn)) {
    if (!ALWAYS.has(key)) state.push(carried(fn, key, path));
  }
  return state;
}

/** Whether a property can be put on again from outside. */
function isCarried(fn: object, key: PropertyKey): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(fn, key)!;
  return typeof key === "string" && "value" in descriptor && descriptor.enumerable === true;
}

function carried(fn: object, key: PropertyKey, path: CapturePath): readonly [string, unknown] {
  const descriptor = Object.getOwnPropertyDescriptor(fn, key)!;
  if (typeof key !== "string") throw stateError(path, `it has a property ${String(key)}`);
  if (!("value" in descriptor)) throw stateError(path, `its property \`${key}\` is an accessor`);
  const isSeen = descriptor.enumerable === true;
  if (!isSeen) throw stateError(path, `its property \`${key}\` is not enumerable`);
  return [key, descriptor.value];
}

/** What functions of every kind inherit from. */
const USUAL: ReadonlySet<object> = new Set(
  [() => {}, async () => {}, function* () {}, async function* () {}].map(
    (fn) => Object.getPrototypeOf(fn) as object,
  ),
);

function refusePrototypeOf(fn: object, path: CapturePath): void {
  const prototype = Object.getPrototypeOf(fn) as object | null;
  if (prototype !== null && (USUAL.has(prototype) || isUsualElsewhere(prototype))) return;
  throw stateError(path, "it inherits from something else than functions do");
}

/** In another realm. */
function isUsualElsewhere(prototype: object): boolean {
  const made = ownData(prototype, "constructor");
  return (
    typeof made === "function" && /^function (Async)?(Generator)?Function\(\) \{/.test(textOf(made))
  );
}

/** What was put on the prototype of a function, or in place of it, is not in its text. */
function refusePrototype(fn: object, path: CapturePath): void {
  const prototype = ownData(fn, "prototype");
  if (typeof prototype !== "object" || prototype === null) return;
  const keys = Reflect.ownKeys(prototype);
  if (types.isGeneratorFunction(fn) && keys.length === 0) return;
  if (keys.some((key) => key !== "constructor")) {
    throw stateError(path, "methods were added to its prototype", "Write it as a class");
  }
  const made = ownData(prototype, "constructor");
  const parent = Object.getPrototypeOf(prototype) as object | null;
  if (made !== fn || parent === null || Object.getPrototypeOf(parent) !== null) {
    throw stateError(path, "its prototype was replaced", "Write it as a class");
  }
}

function stateOfClass(
  fn: object,
  source: FunctionSource,
  shape: ClassShape,
  path: CapturePath,
): State {
  const { hiddenState, unknownName } = shape;
  if (hiddenState !== undefined) {
    throw stateError(path, `its private static field \`${hiddenState}\` cannot be read`);
  }
  if (unknownName !== undefined) {
    throw stateError(path, `the name \`[${unknownName}]\` of its member may have been another`);
  }
  refuseMembers(fn, source, shape, path);
  const state: State = [];
  for (const key of Reflect.ownKeys(fn)) {
    if (ALWAYS.has(key) && !shape.statics.has(String(key))) continue;
    if (isAsDeclared(fn, key, source, shape.statics)) continue;
    if (shape.hasStaticBlock && !isCarried(fn, key)) continue;
    state.push(carried(fn, key, path));
  }
  for (const name of shape.statics.keys()) {
    if (!name.startsWith("Symbol.") && !Object.hasOwn(fn, name)) {
      throw stateError(path, `its static \`${name}\` was deleted`);
    }
  }
  return state;
}

/**
 * A member of a prototype that is another than the class declares, one more or one less. What a static block adds, it
 * adds in the worker, too.
 */
function refuseMembers(
  fn: object,
  source: FunctionSource,
  { members, hasStaticBlock }: ClassShape,
  path: CapturePath,
): void {
  const prototype = ownData(fn, "prototype") as object;
  const keys = Reflect.ownKeys(prototype).filter((key) => key !== "constructor");
  const changed = keys.find(
    (key) =>
      !isAsDeclared(prototype, key, source, members) &&
      !(hasStaticBlock && !members.has(nameOfKey(key))),
  );
  const isGone = keys.length < members.size - (members.has("constructor") ? 1 : 0);
  if (changed !== undefined || isGone) {
    const what = changed === undefined ? "" : `, \`${String(changed)}\` among others`;
    throw stateError(path, `members of its prototype were changed since it was declared${what}`);
  }
  const base = Object.getPrototypeOf(fn) as object | null;
  const expected = source.heritage === undefined ? undefined : ownData(base ?? {}, "prototype");
  const parent = Object.getPrototypeOf(prototype) as object | null;
  const isUsual =
    expected === undefined
      ? parent === null || Object.getPrototypeOf(parent) === null
      : parent === expected;
  const made = ownData(prototype, "constructor");
  if (!isUsual || made !== fn) {
    throw stateError(path, "its prototype inherits from something else than it declares");
  }
}

/** Whether a property is the method or accessor that the text of the class declares under this name. */
function isAsDeclared(
  holder: object,
  key: PropertyKey,
  { text }: FunctionSource,
  declared: ReadonlyMap<string, string>,
): boolean {
  const kind = declared.get(nameOfKey(key));
  if (kind === undefined || kind === "field") return false;
  const descriptor = Object.getOwnPropertyDescriptor(holder, key)!;
  const made = Object.entries(descriptor).filter(
    ([attribute, one]) => /^(value|get|set)$/.test(attribute) && one !== undefined,
  );
  return (
    made.length > 0 &&
    made.every(([, one]) => typeof one === "function" && text.includes(textOf(one)))
  );
}

function nameOfKey(key: PropertyKey): string {
  return typeof key === "symbol" ? (key.description ?? "") : String(key);
}
