/** Generators that are held at their `yield`, and finished in any order. */
import * as functions from "../functions.mjs";
import { asCallback, refuses } from "./callbacks.mjs";

export async function hold(round, home, spec) {
  await Promise.all(Array.from({ length: spec.size }, (_, i) => holdOne(round, home, spec, i)));
}

async function holdOne(round, home, spec, i) {
  const { ms, how, verdict, asks, afterMs } = spec;
  const ask = asks === undefined ? undefined : asCallback(round, home, asks);
  const kind = `hold ${how}, ${verdict}${asks === undefined ? "" : ` answered ${asks.way}`}`;
  const session = round.openSession(home, { kind, cancel: spec.cancel });
  const args = [round.board.cells, session.at, ms, how, ...(ask === undefined ? [] : [ask])];
  const options = { ...session.options, ...round.otherLimiter(home, spec) };
  const { value: held, reason } = await session.step(
    "hold()",
    home.pool.hold(functions.holds, args, options),
  );
  const canRefuse = asks !== undefined && refuses(asks);
  if (held === undefined) {
    const isMeant =
      how === "never" ? reason instanceof round.library.GeneratorContractError : canRefuse;
    if (!isMeant && !canRefuse && !session.isExcused(reason))
      session.complain("hold() failed", reason);
  } else {
    if (how === "never") session.complain("hold() gave a value of a generator that yields none");
    if (held.value !== session.at) session.complain(`hold() gave ${held.value}`);
    await round.pause(afterMs * ((i * 7) % 5));
    await finish(round, home, session, held, { how, verdict, canRefuse });
  }
  session.close();
}

async function finish(round, home, session, held, { how, verdict, canRefuse }) {
  const { at } = session;
  const error = new Error(`failed ${at}`);
  const told = verdict === "failure" ? { kind: verdict, error } : { kind: verdict };
  const settled = await session.step(`finish(${verdict})`, held.finish(told));
  // The pool, or what it was called under, may have ended it before.
  if (session.mayEndEarly() || canRefuse) return;
  if ("reason" in settled && session.isExcused(settled.reason)) return;
  if (how === "fails") {
    if (settled.reason?.message !== `cleanup ${at}`)
      session.complain("finish() hid what the cleanup threw", settled.reason);
  } else if (how === "again" && verdict === "success") {
    const isRight = settled.reason instanceof round.library.GeneratorContractError;
    if (!isRight) session.complain("finish() took a second yield", settled.reason);
  } else if ("reason" in settled) {
    session.complain("finish() failed", settled.reason);
  }
  const expected = { success: 1, failure: 2, undecided: 0 }[verdict];
  if (round.board.told(at) !== expected)
    session.complain(`was told ${round.board.told(at)}, not ${expected}`);
  if (round.board.ended(at) !== 1)
    session.complain("finish() came back before the generator's cleanup");
}

/** With more, one may have to stand behind another: threads are not many. */
const FEW_SESSIONS = 3;

/** The setup of the second waits until the first is finished: that must not stand behind it. */
export async function holdTwo(round, home, { beforeMs }) {
  if (home.sessions > FEW_SESSIONS) return;
  const { cells } = round.board;
  const first = round.openSession(home, { kind: "hold what another needs" });
  const holding = home.pool.hold(functions.holds, [cells, first.at, 0, "plain"]);
  const { value: held } = await first.step("hold()", holding);
  if (held === undefined) {
    first.close();
    return;
  }
  const second = round.openSession(home, { kind: "hold that needs another" });
  const waiting = second.step(
    "hold()",
    home.pool.hold(functions.needs, [cells, second.at, first.at]),
  );
  await round.pause(beforeMs);
  await first.step("finish()", held.finish({ kind: "success" }));
  // It may have been lost with its thread.
  round.board.free(first.at);
  first.close();
  const { value: other } = await waiting;
  if (other !== undefined) await second.step("finish()", other.finish({ kind: "success" }));
  second.close();
}
