import { isScope } from "../scope/is-scope.ts";
import { isPlain } from "../scope/plain.ts";

/**
 * Refuses a scope among the arguments of a function that runs in a thread: it cannot go there, and the call would not
 * be cancelled with it. Primitive arguments cost one comparison each, plain objects and arrays two.
 */
export function refuseScopes(args: readonly unknown[]): void {
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i];
    if (typeof arg !== "object" || arg === null || isPlain(arg) || Array.isArray(arg)) continue;
    if (isScope(arg)) throw refusal("A scope", "scope", "{ scope }");
    if (arg instanceof AbortSignal) throw refusal("An AbortSignal", "{ signal }", "{ signal }");
    if (arg instanceof AbortController) {
      throw refusal("An AbortController", "controller", "{ scope: controller }");
    }
  }
}

function refusal(what: string, scope: string, options: string): TypeError {
  return new TypeError(
    `${what} cannot be an argument of a function that runs in a thread. A scope comes first: ` +
      `runInThreadpool(${scope}, fn, ...args). With options: pool.run(fn, args, ${options}). ` +
      `For a function made by \`threaded\`: declared.in(${scope})(...args)`,
  );
}
