import type { NotTransferableError } from "../../errors.ts";
import { explainCloneFailure } from "../codec/refusal.ts";
import { valueWithin } from "../codec/values.ts";
import type { ToWorker } from "./protocol.ts";
import type { Work } from "./work.ts";

/** A call as it is posted. */
export function messageOf(call: number, work: Work): ToWorker {
  if (work.kind === "resume") {
    const { session, step, error } = work;
    return { kind: "resume", call, session, step, error };
  }
  const { kind, step, body, codes = [] } = work;
  return { kind, call, step, body: { ...body, codes } };
}

/** Why a call cannot be posted although it could be before. */
export function refusalOf(work: Work, failure: unknown): NotTransferableError {
  const explain = (encoded: unknown, base: string): NotTransferableError =>
    explainCloneFailure(failure, valueWithin(encoded), base);
  if (work.kind === "resume") return explain(work.error, "error");
  const inVariables = explain(work.body.values, "captured");
  return inVariables.path.length > 1 ? inVariables : explain(work.body.args, "args");
}
