/** What a worker's step has done to what it shares with the main thread. */
export type Trace =
  | { readonly kind: "nothing" }
  | { readonly kind: "read" | "written" | "sleeping"; readonly cell: number }
  | { readonly kind: "posted" | "found no message" | "unprotected" | "dead" };

export const NOTHING: Trace = { kind: "nothing" };

/** What the main thread is about to do. */
export type MainOperation =
  | { readonly kind: "load" | "change" | "notify"; readonly cell: number }
  | { readonly kind: "send" | "receive" | "unprotected" };

/**
 * Whether it matters that the step came before the operation: if not, it may as well come after it. So of all orders that
 * lead to the same, only the one is tried in which workers do everything as late as possible.
 *
 * @param isEmpty - no message is on its way to the main thread but for the step's own
 */
export function matters(step: Trace, before: MainOperation, isEmpty: boolean): boolean {
  switch (before.kind) {
    case "load":
      return step.kind === "written" && step.cell === before.cell;
    case "change":
      return "cell" in step && step.cell === before.cell;
    case "notify":
      return step.kind === "sleeping" && step.cell === before.cell;
    case "send":
      return step.kind === "found no message";
    case "receive":
      return step.kind === "posted" && isEmpty;
    case "unprotected":
      return step.kind !== "nothing";
  }
}
