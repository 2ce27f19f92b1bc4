/** Generators in threads: consumed to the end, left early, cancelled, pulled afterwards, returned while pending, dropped. */
import * as functions from "../functions.mjs";
import { asCallback, refuses } from "./callbacks.mjs";

export async function iterate(round, home, spec) {
  const { items, ms, trouble, leavesAfter, pauseMs, asks } = spec;
  const ask = asks === undefined ? undefined : asCallback(round, home, asks);
  const kind = `iterate ${items}${trouble === undefined ? "" : ` ${trouble}`}${asks === undefined ? "" : ` answered ${asks.way}`}`;
  if (trouble === "exits") home.harm += 1;
  const args = [items, ms, trouble, ...(ask === undefined ? [] : [ask])];
  const session = round.openSession(home, { kind, cancel: spec.cancel });
  const iterator = home.pool.iterate(functions.counts, [round.board.cells, session.at, ...args], {
    ...session.options,
    ...round.otherLimiter(home, spec),
  });
  const canFail = (trouble !== undefined && items > 0) || (asks !== undefined && refuses(asks));
  let taken = 0;
  let end;
  while (taken < leavesAfter) {
    const { value: step, reason } = await session.step("next()", iterator.next());
    if (step === undefined) {
      const isMeant = canFail || session.isExcused(reason);
      if (!isMeant) session.complain(`failed after ${taken} items`, reason);
      end = "failed";
      break;
    }
    if (step.done) {
      end = "done";
      break;
    }
    if (step.value !== session.at + taken) session.complain(`item ${taken} is ${step.value}`);
    taken += 1;
    if (pauseMs !== undefined) await round.pause(pauseMs);
  }
  if (end === "done" && taken !== items && !session.mayEndEarly())
    session.complain(`ended after ${taken} items`);
  if (end === undefined) await leave(round, home, session, iterator, canFail);
  if (end !== undefined && spec.pullsAfterwards) {
    const { value: step } = await session.step("next() after the end", iterator.next());
    if (step !== undefined && !step.done) session.complain("gave an item after its end");
  }
  session.close();
}

/** Its `finally` has run when `return()` has. */
async function leave(round, home, session, iterator, canFail) {
  const { at } = session;
  const settled = await session.step("return()", iterator.return());
  if ("reason" in settled && !canFail && !session.isExcused(settled.reason)) {
    session.complain("return() failed", settled.reason);
  }
  const isSafe = home.harm === 0 && home.ending === undefined && !session.mayEndEarly();
  if (isSafe && round.board.begun(at) !== round.board.ended(at)) {
    session.complain("return() came back before the generator's cleanup");
  }
}

export async function returnWhilePending(round, home, spec) {
  const kind = spec.waits ? "return() while a step waits" : "return() while pending";
  const session = round.openSession(home, { kind, freesAfterMs: spec.afterMs });
  const trouble = spec.waits ? "waits" : undefined;
  const iterator = home.pool.iterate(
    functions.counts,
    [round.board.cells, session.at, 5, 0, trouble],
    round.otherLimiter(home, spec),
  );
  const steps = [];
  for (let i = 0; i < spec.pending; i++) steps.push(session.step("next()", iterator.next()));
  const isThrown = spec.isThrown && typeof iterator.throw === "function";
  const end = isThrown ? iterator.throw(new Error("thrown into it")) : iterator.return();
  steps.push(session.step(isThrown ? "throw()" : "return()", end));
  await Promise.all(steps);
  session.close();
}

/** Takes some items and forgets the iterator. */
export async function drop(round, home) {
  const session = round.openSession(home, { kind: "drop" });
  await pullAndForget(round, home, session);
  session.close();
}

async function pullAndForget(round, home, session) {
  const iterator = home.pool.iterate(functions.counts, [round.board.cells, session.at, 200, 0]);
  home.drop(iterator);
  await session.step("next()", iterator.next());
}
