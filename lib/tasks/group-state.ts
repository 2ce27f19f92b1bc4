import type { CancelScope } from "../scope/cancel-scope.ts";
import type { Completions } from "./completions.ts";
import type { Joiner } from "./joiner.ts";
import type { Services } from "./services.ts";
import type { TaskGroupOptions } from "./task-group.ts";
import type { GroupFailures } from "./group-failures.ts";

/** Bits of a group's state, above those of other scopes. */
export const GroupFlag = {
  supervise: 4,
  aggregate: 8,
  /** A task was stopped, or never begun, by what happened to the group. */
  stoppedTasks: 16,
  /** Nothing is left that could keep it open. */
  closed: 32,
  /** The body has ended. */
  bodyDone: 64,
  /** It ended by the cancellation coming back. */
  bodyInterrupted: 128,
  /** Its joiner has said that it has what it wants. */
  decided: 256,
} as const;

/** How long after its cancellation a task that still runs is reported. */
export const STRAGGLER_MS = 5_000;

/** What most groups never have, kept apart so that they do not pay for it. */
export class GroupExtras {
  joiner: Joiner | null;
  stragglerMs: number;
  services: Services | null = null;
  finished: { readonly value: unknown } | null = null;
  failures: GroupFailures | null = null;
  deferred: ((scope: CancelScope) => unknown)[] | null = null;
  completions: Set<Completions> | null = null;

  constructor({ policy, stragglerMs }: TaskGroupOptions) {
    this.joiner = typeof policy === "object" ? policy : null;
    this.stragglerMs = stragglerMs ?? STRAGGLER_MS;
  }
}
