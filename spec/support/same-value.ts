import { types } from "node:util";

/**
 * Where two values differ in anything that can be observed without running code of theirs; undefined when nowhere.
 * Objects are compared as they hang together: what is one object in one of them is one in the other.
 */
export function differenceOf(here: unknown, there: unknown): string | undefined {
  const partners = new Map<object, object>();
  const pending: [here: unknown, there: unknown, path: string][] = [[here, there, "value"]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [a, b, path] = next;
    if (!isObject(a) || !isObject(b)) {
      if (!Object.is(a, b)) return `${path}: ${String(a)} is ${String(b)}`;
      continue;
    }
    if (a === b) continue;
    const known = partners.get(a);
    if (known === b) continue;
    if (known !== undefined) return `${path} is another object than it was`;
    if ([...partners.values()].includes(b)) return `${path} is the same object as another one`;
    partners.set(a, b);
    const difference = ownDifference(a, b);
    if (difference !== undefined) return `${path} ${difference}`;
    for (const [segment, x, y] of parts(a, b)) pending.push([x, y, `${path}.${segment}`]);
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function ownDifference(a: object, b: object): string | undefined {
  const facts = (value: object): [fact: string, value: unknown][] => [
    ["its prototype", Object.getPrototypeOf(value)],
    ["its keys", Reflect.ownKeys(value).map(String).join()],
    ["extensible", Object.isExtensible(value)],
    ["its time", types.isDate(value) ? value.getTime() : undefined],
    ["its pattern", types.isRegExp(value) ? String(value) : undefined],
    ["its primitive", types.isBoxedPrimitive(value) ? value.valueOf() : undefined],
    ["its size", types.isMap(value) || types.isSet(value) ? value.size : undefined],
    ["its bytes", bytesOf(value)],
  ];
  const others = facts(b);
  for (const [index, [fact, value]] of facts(a).entries()) {
    if (!Object.is(value, others[index]![1])) {
      return `has ${String(others[index]![1])} for ${fact}, ${String(value)}`;
    }
  }
  for (const key of Reflect.ownKeys(a)) {
    const [one, other] = [a, b].map((holder) => attributes(holder, key));
    if (one !== other) return `has ${other} for \`${String(key)}\`, which was ${one}`;
  }
  return undefined;
}

function attributes(holder: object, key: PropertyKey): string {
  const { value: _, ...flags } = Object.getOwnPropertyDescriptor(holder, key)!;
  // Newer engines have accessors for the stacks of errors, which arrive as texts.
  return key === "stack" && types.isNativeError(holder) ? "" : JSON.stringify(flags);
}

function bytesOf(value: object): string | undefined {
  if (types.isAnyArrayBuffer(value)) return Buffer.from(value).toString("hex");
  if (!ArrayBuffer.isView(value)) return undefined;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
}

function parts(a: object, b: object): [segment: string, here: unknown, there: unknown][] {
  const all: [string, unknown, unknown][] = [];
  if (types.isMap(a) && types.isMap(b)) {
    const others = [...b];
    [...a].forEach(([key, item], index) => {
      all.push(
        [`keys(${index})`, key, others[index]![0]],
        [`at(${index})`, item, others[index]![1]],
      );
    });
  }
  if (types.isSet(a) && types.isSet(b)) {
    const others = [...b];
    [...a].forEach((item, index) => all.push([`values(${index})`, item, others[index]]));
  }
  if (ArrayBuffer.isView(a)) return all;
  for (const key of Reflect.ownKeys(a)) {
    const [here, there] = [a, b].map((holder) => Reflect.get(holder, key) as unknown);
    all.push([String(key), here, there]);
  }
  return all;
}
