import { ShipError } from "../../errors.ts";

/** A Content-Security-Policy forbids to read or to evaluate the text of a function. */
export function policyError(name: string, cause: EvalError): ShipError {
  return new ShipError(
    `Cannot run \`${name}\` in a worker thread: the Content-Security-Policy forbids to evaluate its text. Declare it in a module of its own: \`threaded(import.meta, fn, { name })\``,
    [name],
    undefined,
    { cause },
  );
}
