// Members of built-in classes, which no property of an object hides.

type Getter = (this: unknown) => never;

/** The getter of a property, as the class has it. */
export function getterOf(prototype: object, key: PropertyKey): Getter {
  return Reflect.get(Object.getOwnPropertyDescriptor(prototype, key)!, "get") as Getter;
}

type Visit = (this: void, value: unknown, key: unknown) => void;
type Collection = ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>;
type ForEach = (this: Collection, visit: Visit) => void;

const forEachEntry = Reflect.get(Map.prototype, "forEach") as ForEach;
const forEachItem = Reflect.get(Set.prototype, "forEach") as ForEach;

export function eachEntry(map: object, visit: Visit): void {
  forEachEntry.call(map as Collection, visit);
}

export function eachItem(set: object, visit: Visit): void {
  forEachItem.call(set as Collection, visit);
}

const toText = Reflect.get(Function.prototype, "toString") as (this: unknown) => string;

/** The text of a function; what is behind a Proxy does not show. */
export function textOf(fn: object): string {
  return toText.call(fn);
}
