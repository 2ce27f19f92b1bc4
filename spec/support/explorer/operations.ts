import type { Kind } from "./memory.ts";

/** What the code of a thread does that others could notice, or that depends on others. */
export type Operation =
  | { readonly kind: "load" | "notify"; readonly cell: number }
  | { readonly kind: "store" | "exchange" | "add"; readonly cell: number; readonly value: number }
  | {
      readonly kind: "compareExchange";
      readonly cell: number;
      readonly expected: number;
      readonly value: number;
    }
  | {
      readonly kind: "wait";
      readonly cell: number;
      readonly expected: number;
      readonly isTimed: boolean;
    }
  | { readonly kind: "read"; readonly type: Kind; readonly at: number }
  | { readonly kind: "write"; readonly type: Kind; readonly at: number; readonly value: number }
  | { readonly kind: "post"; readonly message: Message }
  | { readonly kind: "receive" }
  /** The event loop: a message comes, or what was put off until the next turn, or what a call has left behind. */
  | { readonly kind: "loop"; readonly hasImmediate: boolean; readonly hasLeftover: boolean }
  /** Looks at the clock: no time has passed, or so much that the thread is to doze. */
  | { readonly kind: "now" }
  | { readonly kind: "note"; readonly what: string; readonly name: string }
  | { readonly kind: "until"; readonly what: "gate" | "cancelled" | "never"; readonly name: string }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "fail"; readonly error: unknown };

/** A message on its way. */
export interface Message {
  readonly value: unknown;
  /** Equal for messages that say the same. */
  readonly key: string;
}

export const IMMEDIATE = "immediate";
export const LEFTOVER = "leftover";

/** A value or a message, told apart from the other results of the same operation. */
export function keyOf(result: unknown): string {
  if (typeof result === "object" && result !== null) return (result as Message).key;
  return String(result as number | string | undefined);
}

/** A copy as `postMessage` makes it. What has nothing in it that could change is its own. */
export function copyOf({ value }: Message): unknown {
  const isFlat = !Array.isArray(value) || value.every((item) => typeof item !== "object");
  return isFlat ? value : structuredClone(value);
}

export function nameOf(operation: Operation): string {
  switch (operation.kind) {
    case "load":
    case "notify":
      return `${operation.kind} ${operation.cell}`;
    case "store":
    case "exchange":
    case "add":
      return `${operation.kind} ${operation.cell} ${operation.value}`;
    case "compareExchange":
      return `compareExchange ${operation.cell} ${operation.expected} ${operation.value}`;
    case "wait":
      return `wait ${operation.cell} ${operation.expected}`;
    case "read":
      return `read ${operation.type} ${operation.at}`;
    case "write":
      return `write ${operation.type} ${operation.at} ${operation.value}`;
    case "post":
      return `post ${operation.message.key}`;
    case "note":
    case "until":
      return `${operation.what} ${operation.name}`;
    case "exit":
      return `exit ${operation.code}`;
    case "fail":
      return `fails: ${String(operation.error)}`;
    default:
      return operation.kind;
  }
}
