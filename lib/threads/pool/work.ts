import type { Context } from "../../host/contract.ts";
import type { ParentScope } from "../../scope/scope-child.ts";
import type { Scope } from "../../scope/scope.ts";
import type { CapacityLimiter } from "../../sync/capacity-limiter.ts";
import type { UncheckedFunction } from "../any-function.ts";
import type { OnCancel } from "../executor.ts";
import type { CarriedContext } from "./contexts.ts";
import type { Program } from "./program.ts";

/** What a function is called with. */
export type Arguments =
  /** Primitives. */
  | { readonly form: "light"; readonly values: readonly unknown[] }
  /** A copy, as it is in the mailbox. */
  | { readonly form: "packed"; readonly count: number; readonly cells: Float64Array }
  /** For a message. */
  | { readonly form: "encoded"; readonly value: unknown }
  /** The same, with the values of captured variables in one piece. */
  | { readonly form: "together"; readonly value: unknown };

/** A function to run in a thread. */
export interface FunctionWork {
  readonly kind: "run" | "begin";
  readonly fn: UncheckedFunction;
  readonly program: Program;
  /** Encoded: the values of its captured variables. */
  readonly values: unknown;
  readonly args: Arguments;
  readonly transfer: readonly unknown[] | undefined;
  /** What the function is to know its call by, if the caller says. */
  readonly callId: string | undefined;
  /** What goes with the call of the caller's contexts; not there if nothing does. */
  readonly contexts?: readonly CarriedContext[] | undefined;
  /** For `"begin"`: how many items are wanted at first, or `HOLD`. */
  readonly step: number;
}

/** The next step of a session. */
export interface StepWork {
  readonly kind: "resume";
  /** The number of the call that began it. */
  readonly session: number;
  readonly step: number;
  /** Encoded: what a generator is told. */
  readonly error: unknown;
}

export type Work = FunctionWork | StepWork;

/** What a call's function can reach on the main thread while it runs. */
export interface Links {
  readonly callbacks: readonly UncheckedFunction[];
  readonly onProgress: ((value: unknown) => void) | undefined;
  /** Both run in the context of the caller. */
  readonly context: Context;
}

/** What was said about a call. */
export interface PreparedOptions {
  readonly scope: ParentScope | null;
  /** `scope`, if it was made for this call and ends with it. */
  readonly ownScope: Scope | null;
  readonly limiter: CapacityLimiter | undefined;
  readonly onCancel: OnCancel | "finish-setup";
  readonly graceMs: number | undefined;
  readonly links: Links | undefined;
  /** For reports. */
  readonly name: string;
  /** Where it was called; its `stack` is made only if an error needs it. */
  readonly site: { readonly stack?: string } | undefined;
}
