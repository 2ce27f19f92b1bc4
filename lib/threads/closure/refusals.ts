import { NotTransferableError, ShipError } from "../../errors.ts";
import { textOf } from "../codec/intrinsics.ts";
import { isProxy } from "../codec/introspection.ts";
import type { Obstacle } from "./free-variables.ts";
import type { FunctionSource } from "./source.ts";

/** Where capturing is: the function to ship, then the names on the way to what is being captured. */
export type CapturePath = readonly string[];

const AS_ARGUMENT = "Pass what it needs as an argument";

const OBSTACLES: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  this: ["it uses the `this` of its surroundings", AS_ARGUMENT],
  super: ["it uses `super`", "Make it a function that is no method"],
  arguments: ["it uses the `arguments` of its surroundings", AS_ARGUMENT],
  "new.target": ["it uses the `new.target` of its surroundings", AS_ARGUMENT],
  "import.meta": [
    "it uses `import.meta`",
    "Read it outside and use the variable: `const { url } = import.meta`",
  ],
  eval: ["it calls `eval`, whose variables nobody can tell", "Use `(0, eval)(code)` or a function"],
  with: ["it uses `with`, whose variables nobody can tell", "Name the object instead"],
};

export function shipError(
  path: CapturePath,
  what: string,
  remedy: string,
  variable?: string,
  cause?: unknown,
): ShipError {
  const where = path.map((name) => `\`${name}\``).join(" › ");
  const options = cause === undefined ? undefined : { cause };
  return new ShipError(
    `Cannot run ${where} in a worker thread: ${what}. ${remedy}`,
    path,
    variable,
    options,
  );
}

export function obstacleError(path: CapturePath, obstacle: Obstacle): ShipError {
  const [what, remedy] = OBSTACLES[obstacle] ?? [
    `it uses the private name \`${obstacle}\` of its class`,
    AS_ARGUMENT,
  ];
  return shipError(path, what, remedy);
}

export function assignmentError(path: CapturePath, variable: string): ShipError {
  return shipError(
    [...path, variable],
    `it assigns the captured variable \`${variable}\`, and the write would be lost`,
    "Return the new value, and assign it to the result of the call",
    variable,
  );
}

export function undeclaredError(path: CapturePath, variable: string): ShipError {
  return shipError(
    [...path, variable],
    `its variable \`${variable}\` is declared nowhere`,
    "Declare it, pass it as an argument, or give it in `captures`",
    variable,
  );
}

export function unreadableError(path: CapturePath, variable: string, cause: unknown): ShipError {
  return shipError(
    [...path, variable],
    `its captured variable \`${variable}\` cannot be read, because the inspector of this process is not available (--permission without --allow-inspector, or a build without it)`,
    `Declare the function with \`threaded(import.meta, fn)\`, or give the variable in \`captures: { ${variable} }\``,
    variable,
    cause,
  );
}

/** What `error` says of a captured value, said of the variable. */
export function valueError(
  path: CapturePath,
  variable: string,
  error: NotTransferableError,
): ShipError {
  return shipError(
    [...path, ...error.path],
    `its captured variable ${error.message}`,
    "Or pass what is needed of it as an argument",
    variable,
    error,
  );
}

export function budgetError(path: CapturePath, functions: number, text: number): ShipError {
  return shipError(
    path,
    `it uses more than ${functions} functions or ${text / 1024} KB of source`,
    "Move it to a module of its own and declare it with `threaded(import.meta, fn)`",
  );
}

/** For the function that is to be called: it gets arguments and nothing else. */
export function refuseUncallable({ isClass, free }: FunctionSource, path: CapturePath): void {
  if (isClass) {
    const remedy = "Write `(...args) => new Class(...args)`, returning plain data";
    throw shipError(path, "it is a class", remedy);
  }
  if (free.usesOwnThis) {
    const remedy = "Pass the object as an argument, or write `() => object.method()`";
    throw shipError(path, "it uses `this`, and is called without one", remedy);
  }
}

/** For what a function has become since its text was evaluated. */
export function stateError(
  path: CapturePath,
  what: string,
  remedy = "Import it inside the function, or from a module that declares it and starts nothing",
): ShipError {
  return shipError(path, `${what}, and its source does not say so`, remedy);
}

/** Functions whose text says nothing. */
export function textlessError(path: CapturePath, fn: object): ShipError {
  if (isProxy(fn)) {
    return shipError(path, "it is a Proxy of a function", "Use the function behind it");
  }
  const text = textOf(fn);
  if (!/\{\s*\[native code\]\s*\}$/.test(text)) {
    return shipError(
      path,
      "its source is not valid JavaScript by itself",
      "Move it to a module of its own and declare it with `threaded(import.meta, fn)`",
    );
  }
  const isBound =
    (fn as { readonly name?: unknown }).name?.toString().startsWith("bound ") ?? false;
  return isBound
    ? shipError(path, "it is a bound function", "Write `() => fn(…)` instead of `fn.bind(…)`")
    : shipError(
        path,
        "it is native code that is no built-in of Node",
        "Import it inside the function",
      );
}
