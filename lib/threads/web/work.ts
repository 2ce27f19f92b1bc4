import type { UncheckedFunction } from "../any-function.ts";
import type { StepWork } from "../pool/work.ts";
import type { Body, Code } from "./protocol.ts";

/** A function to run in a worker. */
export interface WebWork {
  readonly kind: "run" | "begin";
  readonly fn: UncheckedFunction;
  readonly body: Omit<Body, "codes">;
  /** Functions among the captured values. */
  readonly inside: readonly UncheckedFunction[];
  /** The names of the captured values. */
  readonly captures: readonly string[];
  /** Undefined until it is known what the functions are made of. */
  readonly codes: readonly Code[] | undefined;
  readonly transfer: readonly unknown[];
  readonly step: number;
}

export type Work = WebWork | StepWork;
