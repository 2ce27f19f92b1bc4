import type { BuiltinPath } from "../codec/realm.ts";

// What a page and its workers say to each other, over a port that is theirs alone.

/** The first message to a worker, which comes to the worker itself. */
export interface Greeting {
  readonly skein: string;
  readonly port: Port;
  /** The number of the call that is cancelled; undefined where no memory can be shared. */
  readonly flag: Int32Array | undefined;
}

/** A `MessagePort` of the web. */
export interface Port {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  close(): void;
}

/** A function on its way to a worker. */
export type Code =
  /** One of the language. */
  | { readonly kind: "builtin"; readonly path: BuiltinPath }
  /** One that a module has declared with `threaded`. */
  | {
      readonly kind: "declared";
      readonly name: string | undefined;
      readonly url: string;
      /** Position among the declarations of its module. */
      readonly index: number;
      readonly source: string;
    }
  /** Its text, around which its variables are parameters. */
  | {
      readonly kind: "source";
      readonly name: string;
      readonly text: string;
      readonly variables: readonly string[];
      /** Whether it imports: then the way to do so comes after the variables. */
      readonly imports: boolean;
    };

/** What stands for a function in captured values: its place in the codes of the call. */
export interface FunctionMark {
  readonly code: number;
}

/** The body of a call. */
export interface Body {
  /** What the function is made of, and then those among its captured values. */
  readonly codes: readonly Code[];
  /** Encoded: captured values by name. */
  readonly values: unknown;
  /** Encoded. */
  readonly args: unknown;
  readonly callId: string | undefined;
}

export type ToWorker =
  | {
      readonly kind: "run" | "begin";
      readonly call: number;
      readonly step: number;
      readonly body: Body;
    }
  | {
      readonly kind: "resume";
      readonly call: number;
      readonly session: number;
      readonly step: number;
      readonly error: unknown;
    }
  | { readonly kind: "cancel"; readonly call: number };

export type Outcome = "returned" | "threw" | "unloaded";

export type FromWorker =
  | { readonly kind: "up" }
  /** The function has asked whether it is cancelled. */
  | { readonly kind: "asked"; readonly call: number }
  | { readonly kind: "progress" | "item"; readonly call: number; readonly value: unknown }
  | {
      readonly kind: "reply";
      readonly call: number;
      readonly outcome: Outcome;
      readonly value: unknown;
    }
  /** The worker ends, by itself or since nobody has caught an error. */
  | { readonly kind: "ends"; readonly error: unknown };
