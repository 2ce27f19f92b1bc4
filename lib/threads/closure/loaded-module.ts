import { createRequire, isBuiltin } from "node:module";
import { pathOf } from "./home.ts";
import type { ImportSource } from "./shipped-code.ts";

/** What `require` would give, if it has given that already: nothing is run to find out. */
export function loadedModule({ home, specifier }: ImportSource): unknown {
  if (isBuiltin(specifier)) return process.getBuiltinModule(specifier);
  try {
    const require = createRequire(pathOf(home));
    const module = require.cache[require.resolve(specifier)];
    return module?.loaded === true ? module.exports : undefined;
  } catch {
    return undefined;
  }
}
