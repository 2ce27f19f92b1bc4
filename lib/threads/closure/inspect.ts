import type { Session } from "node:inspector";

/** A function as the engine holds it. */
export interface Inspection {
  /** Where the engine says that the function is; lines and columns count from 0. */
  readonly location: Location | undefined;
  /** The variables around it, innermost first; the global scope is not among them. */
  readonly scopes: readonly ScopeVariables[];
}

interface Location {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

export interface ScopeVariables {
  readonly description: string;
  /** The real values, at the moment of the inspection. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Passes values between this code and the inspector, which sees the heap but not our variables. */
interface Box {
  fn: unknown;
  scopes: ArrayLike<{ readonly description: string; readonly object: object }> | undefined;
}

interface Answers {
  "Runtime.evaluate": { result: { objectId?: string } };
  "Runtime.callFunctionOn": { result: { objectId?: string } };
  "Runtime.getProperties": {
    internalProperties?: { name: string; value?: { value?: unknown; objectId?: string } }[];
  };
  "Runtime.releaseObjectGroup": object;
  "Profiler.getBestEffortCoverage": { result: { scriptId: string; url: string }[] };
}

const GROUP = "skein";

/**
 * Reads functions through an inspector session of this very thread. No port is opened, and neither the debugger
 * nor the runtime domain is ever enabled: either would slow every promise of the process down, for good.
 */
class Inspector {
  readonly #session: Session;
  readonly #box: Box = { fn: undefined, scopes: undefined };
  readonly #boxId: string;

  constructor() {
    // Loaded when the first function is looked at; and not every runtime has it.
    const inspector = process.getBuiltinModule("node:inspector");
    this.#session = new inspector.Session();
    this.#session.connect();
    // `Session` is one object for all `vm` contexts of the process; the global object is not.
    const key = Symbol.for("skein.inspector.box");
    const shared = inspector.Session as unknown as Record<symbol, unknown>;
    shared[key] = this.#box;
    try {
      const expression = `process.getBuiltinModule("node:inspector").Session[Symbol.for("skein.inspector.box")]`;
      const found = this.#post("Runtime.evaluate", { expression });
      this.#boxId = required(found.result.objectId);
    } finally {
      delete shared[key];
    }
  }

  inspect(fn: object): Inspection {
    this.#box.fn = fn;
    try {
      const handle = this.#post("Runtime.callFunctionOn", {
        objectId: this.#boxId,
        functionDeclaration: "function () { return this.fn; }",
        objectGroup: GROUP,
      });
      const { internalProperties = [] } = this.#post("Runtime.getProperties", {
        objectId: required(handle.result.objectId),
        ownProperties: true,
      });
      const property = (name: string): { value?: unknown; objectId?: string } | undefined =>
        internalProperties.find((one) => one.name === name)?.value;
      const where = property("[[FunctionLocation]]")?.value as
        | { scriptId: string; lineNumber: number; columnNumber?: number }
        | undefined;
      return {
        location: where && {
          scriptId: where.scriptId,
          line: where.lineNumber,
          column: where.columnNumber ?? 0,
        },
        scopes: this.#readScopes(property("[[Scopes]]")?.objectId),
      };
    } finally {
      this.#box.fn = undefined;
      this.#box.scopes = undefined;
      this.#post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
    }
  }

  /** The addresses of all scripts, without the debugger. Takes milliseconds: once for each new script. */
  scriptUrls(): Iterable<readonly [scriptId: string, url: string]> {
    const { result } = this.#post("Profiler.getBestEffortCoverage", {});
    return result.map(({ scriptId, url }) => [scriptId, url] as const);
  }

  #readScopes(objectId: string | undefined): readonly ScopeVariables[] {
    if (objectId === undefined) return [];
    this.#post("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: "function (box) { box.scopes = this; }",
      arguments: [{ objectId: this.#boxId }],
      objectGroup: GROUP,
    });
    const scopes = Array.from(this.#box.scopes ?? [], ({ description, object }) => ({
      description,
      variables: object as Record<string, unknown>,
    }));
    return scopes.slice(0, -1);
  }

  /** A session of the same thread answers before `post` returns. */
  #post<M extends keyof Answers>(method: M, params: object): Answers[M] {
    let answer: Answers[M] | undefined;
    let failure: Error | null = null;
    (
      this.#session.post as (name: string, params: object, done: (...args: never[]) => void) => void
    ).call(this.#session, method, params, (error: Error | null, result: Answers[M]) => {
      failure = error;
      answer = result;
    });
    if (answer === undefined || failure !== null) {
      throw new Error(`The inspector did not answer ${method}`, { cause: failure });
    }
    return answer;
  }
}

function required(objectId: string | undefined): string {
  if (objectId === undefined) throw new Error("The inspector gave no handle");
  return objectId;
}

let inspector: Inspector | undefined;
let failure: unknown;

/** Undefined when this process cannot look into functions; {@link inspectorFailure} says why. */
export function inspectFunction(fn: object): Inspection | undefined {
  return available()?.inspect(fn);
}

export function inspectorFailure(): unknown {
  return failure;
}

const urls = new Map<string, string>();

/** The address of a script: a file URL, a path, `node:…`; undefined when it has none. */
export function urlOfScript(scriptId: string): string | undefined {
  if (!urls.has(scriptId)) {
    urls.set(scriptId, "");
    try {
      for (const [id, url] of available()?.scriptUrls() ?? []) urls.set(id, url);
    } catch {
      // Only the file name in stack traces and relative imports depend on it.
    }
  }
  const url = urls.get(scriptId);
  return url === "" ? undefined : url;
}

/** Opens the session at first use, and checks it on a closure whose variable is known. */
function available(): Inspector | undefined {
  if (inspector !== undefined || failure !== undefined) return inspector;
  try {
    const candidate = new Inspector();
    if (!canRead(candidate)) throw new Error("The inspector does not show captured variables");
    inspector = candidate;
  } catch (error) {
    failure = error;
  }
  return inspector;
}

function canRead(candidate: Inspector): boolean {
  const witness = {};
  const closure = (): object => witness;
  return candidate
    .inspect(closure)
    .scopes.some(({ variables }) => Object.values(variables).includes(witness));
}
