import * as types from "./introspection.ts";
import { eachEntry, eachItem } from "./intrinsics.ts";
import { ownData } from "./own-data.ts";

/** Segments that are shown when a path is too long to print. */
const SHOWN_AT_EACH_END = 6;

/** `["args", "0", "items", "3", "fn"]` as `args[0].items[3].fn`. */
export function formatPath(path: readonly string[]): string {
  if (path.length <= 2 * SHOWN_AT_EACH_END + 1) return path.map(formatSegment).join("");
  const head = path.slice(0, SHOWN_AT_EACH_END).map(formatSegment).join("");
  const tail = path.slice(-SHOWN_AT_EACH_END).map((segment) => formatSegment(segment, 1));
  return `${head} … ${tail.join("")}`;
}

function formatSegment(segment: string, index: number): string {
  if (index === 0) return segment;
  if (/^(0|[1-9]\d*)$/.test(segment) || segment.startsWith("Symbol(")) return `[${segment}]`;
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*(\(.*\))?$/u.test(segment)) return `.${segment}`;
  return `[${JSON.stringify(segment)}]`;
}

/** What is inside of `value`, each with the segment that leads to it. Runs no code of it. */
function childrenOf(value: object): [segment: string, child: unknown][] {
  const children: [segment: string, child: unknown][] = [];
  if (types.isProxy(value) || ArrayBuffer.isView(value)) return children;
  if (types.isMap(value)) {
    let index = 0;
    eachEntry(value, (item, key) => {
      const isNamed = typeof key === "string" || typeof key === "number";
      children.push([`get(${isNamed ? JSON.stringify(key) : `key ${index}`})`, item]);
      children.push([`keys(${index++})`, key]);
    });
  } else if (types.isSet(value)) {
    let index = 0;
    eachItem(value, (item) => children.push([`values(${index++})`, item]));
  }
  // Of what is not an error, only what shows is sent.
  const keys = types.isNativeError(value) ? Reflect.ownKeys(value) : Object.keys(value);
  for (const key of keys) {
    if (key !== "stack") children.push([String(key), ownData(value, key)]);
  }
  return children;
}

/**
 * The way from `root` to the first value that `isTarget` accepts, shortest first. Only for error messages: the
 * search that finds an obstacle keeps no paths, so that values without one cost nothing.
 */
export function findPath(
  root: unknown,
  isTarget: (value: unknown) => boolean,
): readonly string[] | undefined {
  if (isTarget(root)) return [];
  if (typeof root !== "object" || root === null) return undefined;
  const cameFrom = new Map<object, readonly [parent: object, segment: string] | undefined>();
  cameFrom.set(root, undefined);
  // A Map iterates in insertion order and over what is added meanwhile: this is the breadth-first queue.
  for (const [parent] of cameFrom) {
    for (const [segment, child] of childrenOf(parent)) {
      if (isTarget(child)) return [...wayTo(parent, cameFrom), segment];
      if (typeof child === "object" && child !== null && !cameFrom.has(child)) {
        cameFrom.set(child, [parent, segment]);
      }
    }
  }
  return undefined;
}

function wayTo(
  value: object,
  cameFrom: ReadonlyMap<object, readonly [parent: object, segment: string] | undefined>,
): string[] {
  const way: string[] = [];
  for (let step = cameFrom.get(value); step !== undefined; step = cameFrom.get(step[0])) {
    way.push(step[1]);
  }
  return way.toReversed();
}
