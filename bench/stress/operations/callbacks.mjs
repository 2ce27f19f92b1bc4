/** Functions in threads that call back, and what the callbacks do meanwhile. */
import * as functions from "../functions.mjs";
import { gives, rejects } from "../ledger.mjs";

/** What a callback of that kind answers; it always comes to an end, and fails only if it is meant to. */
export function answering(round, home, { way, ms, depth }) {
  return async (at, i) => {
    round.figures.callbacks += 1;
    if (way === "later") await round.pause(ms);
    if (way === "by the pool")
      await round.send(home, { kind: "work for a callback", fn: functions.works, args: [0] });
    if (way === "nested") await nested(round, home, depth);
    if (way === "rejects") throw new Error(`refused ${at}`);
    return i;
  };
}

/** A function in a thread that calls back, which sends another that calls back, and so on. */
function nested(round, home, depth) {
  const way = depth === 1 ? "by the pool" : "nested";
  const ask = round.library.callback(answering(round, home, { way, ms: 0, depth: depth - 1 }));
  const kind = `asks, ${depth} deep`;
  return round.send(home, {
    kind,
    fn: functions.asks,
    args: [ask, 1, false],
    judge: (at) => gives([at, 0]),
  });
}

/** One that answers without any promise. */
function atOnce(round, way) {
  return (at, i) => {
    round.figures.callbacks += 1;
    if (way === "throws") throw new Error(`refused ${at}`);
    return i;
  };
}

export function asCallback(round, home, answer) {
  const isPlain = answer.way === "at once" || answer.way === "throws";
  return round.library.callback(
    isPlain ? atOnce(round, answer.way) : answering(round, home, answer),
  );
}

export const refuses = ({ way }) => way === "throws" || way === "rejects";

export function callBack(round, home, { answer, times, catches, ...how }) {
  const sum = refuses(answer) ? -times : (times * (times - 1)) / 2;
  const judge = (at) =>
    refuses(answer) && !catches
      ? rejects("what the callback threw", (reason) => reason?.message === `refused ${at}`)
      : gives([at, sum]);
  return round.send(home, {
    kind: `asks ${times} times, answered ${answer.way}`,
    fn: functions.asks,
    args: [asCallback(round, home, answer), times, catches],
    judge,
    ...how,
  });
}
