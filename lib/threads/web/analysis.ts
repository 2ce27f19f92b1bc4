import type { FunctionSource } from "../closure/source.ts";
import { ShipError } from "../../errors.ts";

type SourceOf = (fn: object) => FunctionSource | undefined;

/** Reads the text of functions. It has a parser in it, and is loaded when a function is not declared. */
let sourceOf: SourceOf | undefined;
let loading: Promise<SourceOf> | undefined;

export function loadedSourceOf(): SourceOf | undefined {
  return sourceOf;
}

/** @throws ShipError, as a rejection, if it cannot be loaded; the next call tries again */
export function loadSourceOf(): Promise<SourceOf> {
  loading ??= import("../closure/source.ts").then(
    (module) => (sourceOf = module.sourceOf),
    (cause: unknown) => {
      loading = undefined;
      throw new ShipError(
        "Functions that are not declared cannot be read: the part of the library that does so could not be loaded",
        [],
        undefined,
        { cause },
      );
    },
  );
  return loading;
}
