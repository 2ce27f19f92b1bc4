import * as types from "node:util/types";
import { builtinPathOf } from "../codec/builtins.ts";
import { importerHome } from "./importer.ts";
import type { Slot } from "./shipped-code.ts";
import { requireDirectory } from "./variables.ts";

/** What the worker has anyway. */
export function elsewhereSlot(fn: object): Slot | undefined {
  if (types.isProxy(fn)) return undefined;
  const path = builtinPathOf(fn);
  if (path !== undefined) return { kind: "builtin", path };
  const importer = importerHome(fn);
  if (importer !== undefined) return { kind: "importer", home: importer.home };
  const directory = requireDirectory(fn);
  return directory === undefined ? undefined : { kind: "require", directory };
}
