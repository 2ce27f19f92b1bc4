import { builtinAt } from "../codec/builtins.ts";
import { textOf } from "../codec/intrinsics.ts";
import { declaredAt } from "./declared.ts";
import { type CompiledProgram, compileProgram } from "./program.ts";
import { loadedImport, loadImports } from "./references.ts";
import { ShipError } from "../../errors.ts";
import type { ShippedCode, ShippedDeclaration } from "./shipped-code.ts";
import type { UncheckedFunction } from "../any-function.ts";

export type { ShippedCode } from "./shipped-code.ts";

/** The functions that this worker has. */
export class ReceivedFunctions {
  readonly #instances = new Map<string, UncheckedFunction>();
  readonly #programs = new Map<string, CompiledProgram>();

  has(id: string): boolean {
    return this.#instances.has(id) || this.#programs.has(id);
  }

  clear(): void {
    this.#instances.clear();
    this.#programs.clear();
  }

  /**
   * Makes `code` known under its id. Asynchronous only when modules must be imported.
   *
   * @throws ShipError, thrown or as a rejection, when a module that should have the function does not have it.
   */
  load(code: ShippedCode): void | Promise<void> {
    switch (code.kind) {
      case "builtin":
        this.#instances.set(code.id, callable(builtinAt(code.path), code.id));
        return undefined;
      case "declared":
        return this.#loadDeclared(code);
      case "imported":
        return this.#loadImported(code);
      case "program": {
        const pending = loadImports(code.imports);
        if (pending === undefined) return this.#addProgram(code);
        return pending.then(() => this.#addProgram(code));
      }
    }
  }

  /** The function, with `values` for its captured variables; `has(id)` must hold. */
  instantiate(id: string, values: unknown): UncheckedFunction {
    const instance = this.#instances.get(id);
    if (instance !== undefined) return instance;
    const program = this.#programs.get(id);
    if (program === undefined) throw new Error(`The function ${id} was not sent to this worker`);
    const made = program.instantiate(values);
    if (program.isConstant) this.#instances.set(id, made);
    return made;
  }

  #addProgram(code: Extract<ShippedCode, { kind: "program" }>): void {
    this.#programs.set(code.id, compileProgram(code));
  }

  async #loadImported({ id, value }: Extract<ShippedCode, { kind: "imported" }>): Promise<void> {
    await loadImports([value]);
    this.#instances.set(id, callable(loadedImport(value), id));
  }

  async #loadDeclared(code: ShippedDeclaration): Promise<void> {
    const path = [code.url, String(code.index)];
    const failed = `The worker could not find declaration ${code.index} of ${code.url}`;
    try {
      await import(code.url);
    } catch (cause) {
      throw new ShipError(`${failed}: importing the module failed`, path, undefined, { cause });
    }
    const fn = declaredAt(code.url, code.index);
    if (fn === undefined || textOf(fn) !== code.source) {
      throw new ShipError(
        `${failed}: the module declares other functions there than in the main thread. Call \`threaded\` and \`threadContext\` unconditionally`,
        path,
      );
    }
    this.#instances.set(code.id, fn as UncheckedFunction);
  }
}

function callable(value: unknown, id: string): UncheckedFunction {
  if (typeof value !== "function") throw new ShipError(`This worker has no ${id}`, [id]);
  return value as UncheckedFunction;
}
