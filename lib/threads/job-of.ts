import { NotTransferableError } from "../errors.ts";
import type { Call, Work } from "./call.ts";
import { explainCloneFailure } from "./codec/refusal.ts";
import { CALL, FINISH, type Job, NEXT, STOP } from "./protocol.ts";

/** What is sent for a call. @param known - ids of the code that the thread has; the call's own is added */
export function jobOf({ work, sequence }: Call, known: Set<string>): Job {
  switch (work.kind) {
    case "call": {
      const { program, args, batch, values, into } = work;
      const { code } = program;
      if (!known.has(code.id)) {
        known.add(code.id);
        return [CALL, sequence, code.id, args, batch, values, code, into];
      }
      if (into !== undefined)
        return [CALL, sequence, code.id, args, batch, values, undefined, into];
      const isShort = batch === 0 && values === undefined;
      return isShort
        ? [CALL, sequence, code.id, args]
        : [CALL, sequence, code.id, args, batch, values];
    }
    case "next":
      return [NEXT, sequence, work.batch];
    case "stop":
      return [STOP, sequence];
    case "finish":
      return [FINISH, sequence, work.resident, work.verdict, work.thrown];
  }
}

/** Why a call cannot be sent: it blames the variables that the function captures, or the arguments. */
export function refusalOf(work: Work, failure: unknown): NotTransferableError {
  const { args, values } = work as Partial<Work & { kind: "call" }>;
  const inVariables = explainCloneFailure(failure, values, "captured");
  return inVariables.path.length > 1 ? inVariables : explainCloneFailure(failure, args, "args");
}
