import { builtinModules, isBuiltin } from "node:module";
import { isNative, isOfNode, quietly } from "./node-code.ts";
import { ownData } from "./own-data.ts";

/** Where a built-in value is found in every thread: a module (or `globalThis`), then property names. */
export type BuiltinPath = readonly string[];

/** Deeper than `Array.prototype.map` (three steps) nothing has a home of its own. */
const DEEPEST = 3;

/** Accessors on the global object that are safe to read and give the same object in every thread. */
const SAFE_ACCESSORS = ["performance", "Buffer", "process"];

/** The same for what the first read loads: whoever holds something of it has read it, and so loaded a module. */
const LOADING_ACCESSORS: readonly (readonly [name: string, module: string])[] = [
  ["crypto", "NativeModule internal/crypto/webcrypto"],
];

/** Loading these changes the process, or they only repeat other modules. */
const NEVER_LOADED = /^(_|domain$|repl$|punycode$|sys$|trace_events$|inspector)/;

/** Small modules that can be loaded to see whether that shows. */
const HARMLESS = ["querystring", "string_decoder", "tty", "dgram"];

/** Modules that `builtinModules` leaves out in some versions. */
const UNLISTED = ["sea", "sqlite", "test", "test/reporters"].filter((name) =>
  isBuiltin(`node:${name}`),
);

const paths = new Map<unknown, BuiltinPath>();
const scannedModules = new Set<string>();
let loadedModulesSeen = -1;

/**
 * The path of a built-in value, found by identity: an intrinsic, a global, an export of a Node module. A function that
 * the program has put in such a place is none, and a module that has one is none either.
 *
 * Only modules that this process has loaded are searched: whoever holds a value of one has loaded it.
 */
export function builtinPathOf(value: unknown): BuiltinPath | undefined {
  const path = placeOf(value);
  if (path === undefined) return undefined;
  if (typeof value === "function") return isOwn(value, path) ? path : undefined;
  return path.length === 1 && hasForeign(value as object, path) ? undefined : path;
}

/** The value at `path` in this thread. */
export function builtinAt(path: BuiltinPath): unknown {
  const [home, ...names] = path;
  let value: unknown = home === "globalThis" ? globalThis : process.getBuiltinModule(home ?? "");
  for (const name of names) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

function placeOf(value: unknown): BuiltinPath | undefined {
  if (paths.size === 0) scanGlobals();
  const known = paths.get(value);
  if (known !== undefined) return known;
  const loaded = loadedModules();
  if (loaded.length === loadedModulesSeen) return undefined;
  loadedModulesSeen = loaded.length;
  for (const [name, module] of LOADING_ACCESSORS) {
    if (!isLive || loaded.includes(module)) registerGlobal(name);
  }
  for (const name of loaded) scanModule(name);
  return paths.get(value);
}

/** Not documented. Test runners and other runtimes have none, or a copy from an earlier time. */
const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
let isLive: boolean | undefined;

/** The modules to search: those that are loaded where that can be told, or else all, which loads them. */
function loadedModules(): readonly string[] {
  isLive ??= tellsWhatIsLoaded();
  return isLive ? moduleLoadList : everyModule;
}

const everyModule: readonly string[] = [...new Set([...builtinModules, ...UNLISTED])].filter(
  (name) => !NEVER_LOADED.test(name),
);

function tellsWhatIsLoaded(): boolean {
  const unloaded = HARMLESS.map((name) => [name, `NativeModule ${name}`] as const).find(
    ([, entry]) => !moduleLoadList.includes(entry),
  );
  if (moduleLoadList.length === 0 || unloaded === undefined) return moduleLoadList.length > 0;
  process.getBuiltinModule(`node:${unloaded[0]}`);
  return moduleLoadList.includes(unloaded[1]);
}

function isOwn(fn: object, path: BuiltinPath): boolean {
  const [home, name] = path as [string, string];
  // The language's own are native; what Node adds to the global object has its source.
  const module = home === "globalThis" ? homeOfGlobal(name) : home;
  return isOfNode(fn, module, path.at(-1)!);
}

function homeOfGlobal(name: string): string {
  if (name === "console" || name === "Buffer") return `node:${name.toLowerCase()}`;
  return /^(set|clear)(Timeout|Interval|Immediate)$/.test(name) ? "node:timers" : "";
}

/** What a module had when it was looked at: functions of Node, or what is none of its functions. */
const looked = new WeakMap<object, Map<string, unknown>>();

/** Claim: the program has put a function of its own on the module. */
function hasForeign(module: object, [home = ""]: BuiltinPath): boolean {
  if (!home.startsWith("node:") || home === "node:process") return false;
  let own = looked.get(module);
  if (own === undefined) looked.set(module, (own = new Map()));
  for (const key of Object.getOwnPropertyNames(module)) {
    const member = ownData(module, key);
    if (typeof member !== "function" || own.get(key) === member) continue;
    if (!isOfNode(member, home, key)) return true;
    own.set(key, member);
  }
  return false;
}

function scanGlobals(): void {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor === undefined) continue;
    if ("value" in descriptor || SAFE_ACCESSORS.includes(name)) registerGlobal(name);
  }
}

function registerGlobal(name: string): void {
  const value = (globalThis as Record<string, unknown>)[name];
  if (isBuiltinGlobal(name, value)) register(value, ["globalThis", name]);
}

/** What the program itself put on the global object exists in this thread only. */
function isBuiltinGlobal(name: string, value: unknown): boolean {
  if (value === globalThis || value === console || value === process) return true;
  if (typeof value === "function") return isNative(value) || NODE_GLOBALS.has(name);
  return /^(Math|JSON|Reflect|Atomics|Intl|WebAssembly|crypto|performance)$/.test(name);
}

/** Globals that Node writes in JavaScript, so that their source does not say "native code". */
const NODE_GLOBALS: ReadonlySet<string> = new Set(
  `AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy CompressionStream
  CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream Event EventTarget File FormData
  Headers MessageChannel MessageEvent MessagePort Performance ReadableStream Request Response SubtleCrypto
  TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream URL URLSearchParams WebSocket
  WritableStream atob btoa clearImmediate clearInterval clearTimeout fetch queueMicrotask setImmediate setInterval
  setTimeout structuredClone CloseEvent ErrorEvent EventSource Navigator QuotaExceededError Storage`.split(
    /\s+/,
  ),
);

function register(value: unknown, path: BuiltinPath): void {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject || paths.has(value)) return;
  paths.set(value, path);
  if (path.length > DEEPEST || value === globalThis) return;
  for (const name of Object.getOwnPropertyNames(value)) {
    if (name === "caller" || name === "arguments" || name === "constructor") continue;
    const member = ownData(value as object, name);
    const isPrototype = name === "prototype" && typeof member === "object";
    if (typeof member === "function" || isPrototype) register(member, [...path, name]);
  }
}

function scanModule(entry: string): void {
  const name = entry.replace(/^NativeModule /, "");
  if (scannedModules.has(name) || name.startsWith("_") || !isBuiltin(`node:${name}`)) return;
  scannedModules.add(name);
  const exported = moduleNamed(name);
  if (exported === undefined) return;
  const home = `node:${name}`;
  if (!paths.has(exported)) paths.set(exported, [home]);
  for (const key of Object.getOwnPropertyNames(exported)) {
    const member = ownData(exported as object, key);
    const isObject =
      (typeof member === "object" && member !== null) || typeof member === "function";
    if (isObject) register(member, [home, key]);
  }
}

function moduleNamed(name: string): unknown {
  let exported: unknown;
  // To load one may warn.
  quietly(() => {
    exported = process.getBuiltinModule(`node:${name}`);
  });
  return exported;
}
