import type { Deadline } from "./deadline.ts";

/** What most scopes never have, kept apart so that they do not pay for it. */
export class ScopeExtras {
  name: string | undefined = undefined;
  deadline: Deadline | null = null;
  /** A time that begins to count later, in milliseconds. */
  timeoutMs: number | undefined = undefined;
  controller: AbortController | null = null;
  /** Errors of callbacks; they count as failures when the scope ends. */
  callbackErrors: unknown[] | null = null;
}
