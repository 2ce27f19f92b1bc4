import { builtinModules } from "node:module";

/** Where a built-in value is found in every thread: a module (or `globalThis`), then property names. */
export type BuiltinPath = readonly string[];

/** Deeper than `Array.prototype.map` (three steps) nothing has a home of its own. */
const DEEPEST = 3;

/** Accessors on the global object that are safe to read and give the same object in every thread. */
const SAFE_ACCESSORS = ["crypto", "performance", "Buffer", "process"];

/** Reading these warns, or they only repeat other modules. */
const SKIPPED_MODULES = /^(_|punycode$|sys$|wasi$|trace_events$|test|sea$|sqlite$|inspector\/)/;

const paths = new Map<unknown, BuiltinPath>();
const scannedModules = new Set<string>();
let loadedModulesSeen = -1;

/**
 * The path of a built-in value, found by identity: an intrinsic, a global, an export of a Node module.
 * Only modules that this process has loaded are searched: whoever holds a value of one has loaded it.
 */
export function builtinPathOf(value: unknown): BuiltinPath | undefined {
  if (paths.size === 0) scanGlobals();
  const known = paths.get(value);
  if (known !== undefined) return known;
  const loaded = loadedModules();
  if (loaded.length === loadedModulesSeen) return undefined;
  loadedModulesSeen = loaded.length;
  for (const name of loaded) scanModule(name);
  return paths.get(value);
}

/** The value at `path` in this thread. */
export function builtinAt(path: BuiltinPath): unknown {
  const [home, ...names] = path;
  let value: unknown = home === "globalThis" ? globalThis : process.getBuiltinModule(home ?? "");
  for (const name of names) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** `process.moduleLoadList` is not documented; without it every public module is searched. */
function loadedModules(): readonly string[] {
  const list = (process as { moduleLoadList?: readonly string[] }).moduleLoadList;
  return list ?? builtinModules.map((name) => `NativeModule ${name}`);
}

function scanGlobals(): void {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    if (descriptor === undefined) continue;
    const isReadable = "value" in descriptor || SAFE_ACCESSORS.includes(name);
    if (!isReadable) continue;
    const value = (globalThis as Record<string, unknown>)[name];
    if (!isBuiltinGlobal(name, value)) continue;
    register(value, ["globalThis", name]);
  }
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
  setTimeout structuredClone`.split(/\s+/),
);

function isNative(fn: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(fn));
}

function register(value: unknown, path: BuiltinPath): void {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject || paths.has(value)) return;
  paths.set(value, path);
  if (path.length > DEEPEST || value === globalThis) return;
  for (const name of Object.getOwnPropertyNames(value)) {
    if (name === "caller" || name === "arguments" || name === "constructor") continue;
    const member = Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
    const isPrototype = name === "prototype" && typeof member === "object";
    if (typeof member === "function" || isPrototype) register(member, [...path, name]);
  }
}

function scanModule(entry: string): void {
  const name = entry.replace(/^NativeModule /, "");
  if (scannedModules.has(name) || SKIPPED_MODULES.test(name)) return;
  if (!builtinModules.includes(name)) return;
  scannedModules.add(name);
  const exported = process.getBuiltinModule(name) as unknown as Record<string, unknown>;
  const home = `node:${name}`;
  if (!paths.has(exported)) paths.set(exported, [home]);
  for (const key of Object.getOwnPropertyNames(exported)) {
    const member = Object.getOwnPropertyDescriptor(exported, key)?.value as unknown;
    const isObject =
      (typeof member === "object" && member !== null) || typeof member === "function";
    if (isObject) register(member, [home, key]);
  }
}
