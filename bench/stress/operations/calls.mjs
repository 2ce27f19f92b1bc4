/** Calls of many kinds, each with what it must give. */
import { pbkdf2Sync } from "node:crypto";
import * as declared from "../declared.mjs";
import * as functions from "../functions.mjs";
import { gives, rejects } from "../ledger.mjs";

/** Thousands of tiny calls in one turn; sometimes with a long one of the same function among them. */
export async function burst(round, home, { size, longAt }) {
  const ends = [];
  for (let i = 0; i < size; i++) {
    ends.push(
      longAt >= 0 && i % 10 === longAt
        ? round.send(home, { kind: "work", fn: functions.works, args: [i === longAt ? 50 : 0] })
        : round.sendSmall(home, functions.doubled, [i], gives(2 * i)),
    );
  }
  await Promise.all(ends);
}

/** One function that is short at most times, called over and over; now and then it takes long, and is called again right after. */
export async function rhythm(round, home, { alone, beats, together, ms }) {
  const call = (length) =>
    round.send(home, { kind: `beat ${length} ms`, fn: functions.works, args: [length] });
  for (let i = 0; i < alone; i++) await call(0);
  const long = call(ms).then(() => call(0));
  for (let beat = 0; beat < beats; beat++) {
    await Promise.all(Array.from({ length: together }, () => call(0)));
    await round.pause(1);
  }
  await long;
}

export async function notedBurst(round, home, { size }) {
  const ends = [];
  for (let i = 0; i < size; i++) ends.push(round.sendNoted(home, functions.noted));
  await Promise.all(ends);
}

export function work(round, home, { ms, isDeclared, ...how }) {
  const fn = isDeclared ? declared.works : functions.works;
  return round.send(home, { kind: `work ${ms} ms`, fn, args: [ms], ...how });
}

export function longWork(round, home, spec) {
  return work(round, home, spec);
}

export function nap(round, home, { ms, ...how }) {
  return round.send(home, { kind: `nap ${ms} ms`, fn: functions.naps, args: [ms], ...how });
}

export function fail(round, home, { thrown, ...how }) {
  const judge = (at) =>
    rejects(`what was thrown, ${thrown}`, (reason) => {
      if (thrown === "error")
        return reason instanceof RangeError && reason.message === `thrown ${at}`;
      if (thrown === "object") return reason?.at === at;
      return reason === (thrown === "number" ? at : undefined);
    });
  return round.send(home, {
    kind: `fail ${thrown}`,
    fn: functions.throws,
    args: [thrown],
    judge,
    ...how,
  });
}

export function unsendable(round, home, { what, ...how }) {
  const judge = () => isRefused(round);
  if (what === "argument" || what === "proxy") {
    const given = what === "proxy" ? new Proxy({}, {}) : new WeakMap();
    return round.send(home, {
      kind: `send ${what}`,
      fn: functions.works,
      args: [given],
      judge,
      ...how,
    });
  }
  const fn = functions.givesWhatCannotCross;
  return round.send(home, { kind: `return ${what}`, fn, args: [what], judge, ...how });
}

export async function unsendableBurst(round, home, { size }) {
  const ends = [];
  for (let i = 0; i < size; i++) {
    ends.push(round.sendSmall(home, functions.doubled, [new WeakMap()], isRefused(round)));
  }
  await Promise.all(ends);
}

function isRefused({ library }) {
  return rejects(
    "a NotTransferableError",
    (reason) => reason instanceof library.NotTransferableError,
  );
}

export function exit(round, home, { code, ...how }) {
  home.harm += 1;
  round.figures.exits += 1;
  const { WorkerExitedError } = round.library;
  const judge = () =>
    rejects(
      `a WorkerExitedError of ${code}`,
      (reason) => reason instanceof WorkerExitedError && reason.exitCode === code,
    );
  return round.send(home, {
    kind: `exit ${code}`,
    fn: functions.exits,
    args: [code],
    judge,
    ...how,
  });
}

/** What it leaves behind fails later: the thread may end with it, no call may. */
export function leave(round, home, { what, ms, ...how }) {
  home.harm += 1;
  const fn = what === "timer" ? functions.leavesTimer : functions.leavesRejection;
  return round.send(home, { kind: `leave ${what}`, fn, args: [ms], ...how });
}

export async function closure(round, home, { size }) {
  const ends = [];
  for (let i = 0; i < size; i++) {
    const captured = { i };
    ends.push(round.sendSmall(home, () => captured.i, [], gives(i)));
  }
  await Promise.all(ends);
}

export function builtIn(round, home, { rounds, ...how }) {
  const args = ["password", "salt", rounds, 16, "sha256"];
  const judge = gives(pbkdf2Sync(...args));
  return round.sendSmall(home, pbkdf2Sync, args, judge, how);
}

export function poolOfItsOwn(round, home) {
  return round.send(home, { kind: "a pool of its own", fn: functions.usesPoolOfItsOwn });
}

const payloads = {
  bytes: (size) => new Uint8Array(size).fill(size),
  text: (size) => "ä".repeat(size),
  objects: (size) =>
    Array.from({ length: Math.min(size, 3000) }, (_, i) => ({ i, text: `no. ${i}` })),
};

export function payload(round, home, { size, what, isDeclared, ...how }) {
  const value = payloads[what](size);
  const judge = (at) => gives([at, value]);
  const fn = isDeclared ? declared.echoes : functions.echoes;
  return round.send(home, { kind: `payload ${what} ${size}`, fn, args: [value], judge, ...how });
}

export async function move(round, home, { size, way, isDeclared, ...how }) {
  const kind = `move ${size} ${way}`;
  if (way === "back" || way === "copied back") {
    const judge = (at) => gives(new Uint8Array(size).fill(at));
    const fn = isDeclared ? declared.givesBytes : functions.givesBytes;
    await round.send(home, { kind, fn, args: [size, way === "back"], judge, ...how });
    return;
  }
  const bytes = new Uint8Array(size).fill(7);
  const isMarked = way === "there";
  const settled = await round.send(home, {
    kind,
    fn: functions.sums,
    args: [isMarked ? round.library.transfer(bytes) : bytes],
    judge: (at) => (settled) => (isMovedAway(settled) ? undefined : gives([at, 7 * size])(settled)),
    options: isMarked ? undefined : { transfer: [bytes.buffer] },
    ...how,
  });
  if ("value" in settled && bytes.length !== 0)
    round.program.find("wrong outcome", `${kind}: nothing has moved`);
}

/** What has moved to a thread that ended before it had begun the call cannot be moved to another one. */
function isMovedAway(settled) {
  return "reason" in settled && String(settled.reason?.message).includes("had been moved to it");
}

export function forEver(round, home, how) {
  return round.send(home, {
    kind: "for ever",
    fn: functions.runsForEver,
    judge: () => neverGives,
    ...how,
  });
}

const neverGives = rejects("why it was cancelled", () => false);

export function untilFreed(round, home, { sleeps, afterMs, ...how }) {
  const fn = sleeps ? functions.sleepsUntilFreed : functions.spinsUntilFreed;
  return round.send(home, { kind: fn.name, fn, freesAfterMs: afterMs, ...how });
}

export function obedient(round, home, { isDeclared, ...how }) {
  const fn = isDeclared ? declared.asksWhetherCancelled : functions.asksWhetherCancelled;
  // Of a shield nobody is told.
  const isShielded = how.cancel.onCancel === "shield";
  return round.send(home, {
    kind: "obedient",
    fn,
    freesAfterMs: isShielded ? 100 : undefined,
    judge: isShielded ? undefined : () => neverGives,
    ...how,
  });
}

export async function progress(round, home, { steps, isDeclared, ...how }) {
  const told = [];
  const fn = isDeclared ? declared.tellsProgress : functions.tellsProgress;
  let begin;
  const settled = await round.send(home, {
    kind: `progress ${steps}`,
    fn,
    args: [steps],
    judge: (at) => {
      begin = at;
      return gives(at);
    },
    options: { onProgress: (value) => told.push(value) },
    ...how,
  });
  const isRight = told.every((value, step) => value === begin + step);
  if (!isRight || ("value" in settled && told.length !== steps)) {
    round.program.find("wrong progress", `of ${steps} from ${begin}: ${told.join(" ")}`);
  }
}
