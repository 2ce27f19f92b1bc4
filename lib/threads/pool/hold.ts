import { decodeValue } from "../codec/values.ts";
import { type HeldGenerator, neverYielded, type Verdict, yieldedTwice } from "../held-generator.ts";
import { FAIL, STOP, SUCCEED } from "./protocol.ts";
import type { Session } from "./session.ts";
import { withToldAsCause } from "./told-error.ts";

/**
 * Runs a generator function up to its `yield`, as a session.
 *
 * @param name - of the function
 */
export async function hold<W>(
  session: Session<W>,
  work: W,
  name: string,
): Promise<HeldGenerator<unknown>> {
  const reply = await session.begin(work);
  if (reply.done) throw neverYielded(name);
  return {
    value: decodeValue(reply.value),
    async finish(verdict) {
      const last = await session.finish(...toldOf(verdict)).catch((error: unknown) => {
        throw verdict.kind === "failure" ? withToldAsCause(error, verdict.error) : error;
      });
      if (last?.hasYieldedAgain === true) throw yieldedTwice(name);
    },
  };
}

function toldOf(verdict: Verdict): [step: number, error: unknown] {
  if (verdict.kind === "failure") return [FAIL, verdict.error];
  return [verdict.kind === "success" ? SUCCEED : STOP, undefined];
}
