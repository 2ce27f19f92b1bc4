import { ShipError } from "../../../errors.ts";
import type { UncheckedFunction } from "../../any-function.ts";
import { declaredAt } from "../../closure/declared.ts";
import { textOf } from "../../codec/intrinsics.ts";
import { builtinAt } from "../../codec/realm.ts";
import { functionNamed } from "../../named.ts";
import { policyError } from "../policy-error.ts";
import type { Code } from "../protocol.ts";

/** Makes a function around its variables. */
export type Maker = (captured: Readonly<Record<string, unknown>>) => UncheckedFunction;
type Make = (...variables: readonly unknown[]) => unknown;

const evaluated = new Map<string, Make>();
/** Functions that programs generate without end should not fill the memory. */
const MOST_EVALUATED = 1_000;

/** Finds out how to make a function. Asynchronous only if a module has to be imported. */
export function makerOf(code: Code): Maker | Promise<Maker> {
  switch (code.kind) {
    case "builtin": {
      const fn = builtinAt(code.path);
      if (typeof fn !== "function")
        throw new ShipError(`This worker has no ${code.path.join(".")}`, []);
      return () => fn as UncheckedFunction;
    }
    case "declared":
      return declared(code);
    case "source":
      return made(code);
  }
}

function declared(code: Extract<Code, { kind: "declared" }>): Maker | Promise<Maker> {
  const known = found(code);
  if (known !== undefined) return () => known;
  return imported(code);
}

async function imported(code: Extract<Code, { kind: "declared" }>): Promise<Maker> {
  const { url, index, name } = code;
  const what = name === undefined ? `declaration ${index}` : `the function "${name}"`;
  const failed = `The worker could not find ${what} of ${url}`;
  try {
    await import(/* @vite-ignore */ url);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ShipError(
      `${failed}: importing the module failed (${why}). A worker has no document: declare functions in modules that need none, and that import none which does`,
      [url],
      undefined,
      { cause },
    );
  }
  const fn = found(code);
  if (fn === undefined) {
    throw new ShipError(
      `${failed}: the module declares other functions there than in the page. Call \`threaded\` unconditionally`,
      [url],
    );
  }
  return () => fn;
}

/** By its name, which is the same in every bundle; or by its place in the very same module. */
function found({
  name,
  url,
  index,
  source,
}: Extract<Code, { kind: "declared" }>): UncheckedFunction | undefined {
  if (name !== undefined) return functionNamed(name)?.fn as UncheckedFunction | undefined;
  const fn = declaredAt(url, index);
  return fn !== undefined && textOf(fn) === source ? (fn as UncheckedFunction) : undefined;
}

function made({ name, text, variables, imports }: Extract<Code, { kind: "source" }>): Maker {
  let make = evaluated.get(text);
  if (make === undefined) {
    make = evaluate(text, name);
    if (evaluated.size >= MOST_EVALUATED) evaluated.clear();
    evaluated.set(text, make);
  }
  return (captured) => {
    const values = variables.map((variable) => captured[variable]);
    const fn = make(...values, ...(imports ? [importWhole] : [])) as UncheckedFunction;
    if (fn.name !== name) Object.defineProperty(fn, "name", { value: name, configurable: true });
    return fn;
  };
}

function evaluate(text: string, name: string): Make {
  try {
    // oxlint-disable-next-line no-eval -- the function that a call is to run
    return (0, eval)(text) as Make;
  } catch (cause) {
    throw cause instanceof EvalError ? policyError(name, cause) : cause;
  }
}

/** What stands for `import` in a function that came as text. */
function importWhole(specifier: unknown): Promise<unknown> {
  const url = String(specifier);
  if (URL.canParse(url)) return import(/* @vite-ignore */ url);
  return Promise.reject(
    new TypeError(`Expected a whole URL to import in a function that came as text, got "${url}"`),
  );
}
