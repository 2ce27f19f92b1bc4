import { NotSupportedError } from "../../errors.ts";
import { refuse } from "../../scope/refuse.ts";
import { WebEngine, refuseLimits } from "../web/engine.ts";
import { baseUrl } from "../web/page.ts";
import type { Engine, PoolLimits } from "./contract.ts";

/** @throws NotSupportedError for `resourceLimits` */
export function startEngine(
  limits: PoolLimits,
  program: string | undefined,
  resourceLimits: unknown,
): Engine {
  refuseLimits(resourceLimits);
  return new WebEngine(limits, program);
}

/** The URL of a module that imports `skein/thread`. */
export function checkedProgram(program: unknown): string | undefined {
  if (program === undefined) return undefined;
  const { href = program } = Object(program) as { readonly href?: unknown };
  if (typeof href !== "string" || !URL.canParse(href, baseUrl())) {
    refuse("program", "the URL of a module that imports `skein/thread`", program);
  }
  return new URL(href, baseUrl()).href;
}

export function pathToFileURL(): URL {
  throw new NotSupportedError("A module of a browser has a URL: give its `import.meta`");
}

export function refuseContexts(): void {
  throw new NotSupportedError(
    "`threadContext` needs an AsyncLocalStorage, which browsers do not have: give what a function needs as an argument",
  );
}
