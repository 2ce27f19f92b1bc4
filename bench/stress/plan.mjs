/** What one round does, drawn from its seed: how its pools are made, and an endless row of operations as plain data. */
import { Random } from "./random.mjs";

const MODES = ["kill", "kill", "cooperate", "abandon", "shield"];

/** `weight`: how often; `most`: how many times in a round; `draw`: its particulars. */
const operations = {
  burst: { weight: 4, most: 6, draw: drawBurst },
  rhythm: { weight: 4, most: 60, draw: drawRhythm },
  notedBurst: { weight: 3, most: 20, draw: (random) => ({ size: random.between(1, 200) }) },
  work: { weight: 30, most: 2000, draw: drawWork },
  longWork: { weight: 3, most: 12, draw: drawLongWork },
  nap: { weight: 6, most: 200, draw: drawNap },
  fail: { weight: 4, most: 200, draw: drawFail },
  unsendable: { weight: 3, most: 200, draw: drawUnsendable },
  unsendableBurst: { weight: 0.3, most: 2, draw: (random) => ({ size: random.between(50, 2500) }) },
  exit: {
    weight: 2,
    most: 12,
    draw: (random) => ({ code: random.between(0, 3), ...drawPool(random) }),
  },
  leave: { weight: 2, most: 12, draw: drawLeave },
  closure: { weight: 3, most: 60, draw: (random) => ({ size: random.between(1, 6) }) },
  builtIn: {
    weight: 1,
    most: 20,
    draw: (random) => ({ rounds: random.between(1, 20_000), ...drawPool(random) }),
  },
  poolOfItsOwn: { weight: 0.2, most: 1, draw: () => ({}) },
  payload: { weight: 3, most: 30, draw: drawPayload },
  move: { weight: 3, most: 40, draw: drawMove },
  forEver: { weight: 6, most: 20, draw: drawForEver },
  untilFreed: { weight: 5, most: 12, draw: drawUntilFreed },
  obedient: { weight: 6, most: 25, draw: drawObedient },
  progress: { weight: 3, most: 30, draw: drawProgress },
  callBack: { weight: 8, most: 150, draw: drawCallBack },
  iterate: { weight: 6, most: 40, draw: drawIterate },
  returnWhilePending: { weight: 1.5, most: 10, draw: drawReturn },
  drop: { weight: 0.5, most: 2, draw: () => ({}) },
  hold: { weight: 5, most: 40, draw: drawHold },
  holdTwo: { weight: 1, most: 6, draw: (random) => ({ beforeMs: random.between(0, 40) }) },
  total: { weight: 3, most: 60, draw: drawTotal },
  onEventLoop: { weight: 2, most: 40, draw: (random) => ({ ms: random.between(0, 20) }) },
  prewarm: { weight: 0.5, most: 5, draw: (random) => ({ size: random.between(1, 8) }) },
  statistics: { weight: 1, most: 100, draw: () => ({}) },
  close: { weight: 0.15, most: 1, draw: () => ({}) },
  destroy: { weight: 0.15, most: 1, draw: (random) => ({ withReason: random.chance(0.5) }) },
};

export class Plan {
  #random;
  #weights = Object.fromEntries(
    Object.entries(operations).map(([kind, { weight }]) => [kind, weight]),
  );
  #drawn = {};

  /** @param options - `threads` of each pool and its `idleMs`, others each time if left out; kinds of operations to leave out */
  constructor(seed, { threads, idleMs, without }) {
    const random = (this.#random = new Random(seed));
    this.threads = threads ?? random.between(1, 8);
    this.seconds = random.between(2, 8);
    this.pools = random.chance(0.25) ? 2 : 1;
    this.hasLimiter = this.pools === 2 || random.chance(0.6);
    this.hasOtherLimiter = random.chance(0.4);
    this.otherTotal = random.between(1, 3);
    this.idleMs = idleMs ?? random.pick([0, 5, 20, 100, 1000, 30_000]);
    /** "flood": all at once; "trickle": one after the other; "mixed": now and then. */
    this.style = random.pick(["flood", "mixed", "mixed", "trickle"]);
    this.isWatchedWhileQuiet = random.chance(0.4);
    this.end = random.pick(["keep", "close", "close", "destroy"]);
    // Some rounds have a few kinds of operations only: what hides among many others shows there.
    if (random.chance(0.3)) this.#narrow();
    for (const kind of without) this.#weights[kind] = 0;
  }

  #narrow() {
    for (const kind of Object.keys(this.#weights)) {
      if (kind !== "work" && kind !== "rhythm" && this.#random.chance(0.7)) this.#weights[kind] = 0;
    }
  }

  /** The next operation, and how long to wait before the one after it. */
  next() {
    const random = this.#random;
    const kind = random.weighted(this.#weights);
    const { most, draw } = operations[kind];
    const drawn = (this.#drawn[kind] = (this.#drawn[kind] ?? 0) + 1);
    if (drawn >= most) this.#weights[kind] = 0;
    return { kind, pool: random.between(0, this.pools - 1), ...draw(random), gap: this.#gap() };
  }

  #gap() {
    const random = this.#random;
    if (this.style === "trickle")
      return random.pick(["end", "end", "end", 0, random.between(1, 12)]);
    if (this.style === "flood") return random.chance(0.9) ? "none" : random.between(0, 5);
    return random.pick(["none", "none", "none", 0, "turn", "end", random.between(1, 30)]);
  }
}

/** Whether it uses the second limiter, if there is one. */
function drawPool(random) {
  return { usesOther: random.chance(0.25) };
}

/** How a call is cancelled, if at all: through what, when, and what is to become of the function. */
function drawCancel(random, probability, modes = MODES) {
  const onCancel = random.pick(modes);
  const graceMs = random.pick([undefined, undefined, 0, 10, 100]);
  if (!random.chance(probability)) return { how: "none", onCancel, graceMs };
  const how = random.pick(["signal", "signal", "scope", "timeout", "both"]);
  const when = random.pick([
    "before",
    "now",
    "microtask",
    "turn",
    0,
    random.between(1, 60),
    random.between(1, 250),
  ]);
  const timeoutMs = how === "timeout" || how === "both" ? random.between(0, 150) : undefined;
  return { how, when, timeoutMs, onCancel, graceMs };
}

function drawBurst(random) {
  return {
    size: random.pick([2, 10, 100, 100, 500, 2000]),
    longAt: random.chance(0.3) ? random.between(0, 9) : -1,
  };
}

function drawRhythm(random) {
  return {
    alone: random.between(0, 60),
    beats: random.between(0, 20),
    together: random.between(1, 30),
    ms: random.between(5, 60),
  };
}

function drawWork(random) {
  const ms = random.chance(0.8) ? 0 : random.between(0, 20);
  return {
    ms,
    isDeclared: random.chance(0.2),
    cancel: drawCancel(random, 0.15),
    ...drawPool(random),
  };
}

function drawLongWork(random) {
  return { ms: random.between(30, 300), cancel: drawCancel(random, 0.4), ...drawPool(random) };
}

function drawNap(random) {
  return { ms: random.between(0, 30), cancel: drawCancel(random, 0.3), ...drawPool(random) };
}

function drawFail(random) {
  return {
    thrown: random.pick(["error", "object", "number", "undefined"]),
    cancel: drawCancel(random, 0.2),
    ...drawPool(random),
  };
}

function drawUnsendable(random) {
  return {
    what: random.pick(["argument", "proxy", "function", "symbol", "map"]),
    ...drawPool(random),
  };
}

function drawLeave(random) {
  return {
    what: random.pick(["rejection", "timer"]),
    ms: random.between(0, 20),
    ...drawPool(random),
  };
}

function drawPayload(random) {
  const size = random.pick([10, 1000, 100_000, 2_000_000]);
  const what = random.pick(["bytes", "text", "objects"]);
  return {
    size,
    what,
    isDeclared: random.chance(0.3),
    cancel: drawCancel(random, 0.2),
    ...drawPool(random),
  };
}

function drawMove(random) {
  return {
    size: random.pick([1, 1000, 1_000_000]),
    way: random.pick(["there", "there by option", "back", "copied back"]),
    isDeclared: random.chance(0.5),
    cancel: drawCancel(random, 0.25),
    ...drawPool(random),
  };
}

function drawForEver(random) {
  return { cancel: drawCancel(random, 1, ["kill"]), ...drawPool(random) };
}

function drawUntilFreed(random) {
  return {
    sleeps: random.chance(0.5),
    afterMs: random.between(0, 200),
    cancel: drawCancel(random, 0.7),
    ...drawPool(random),
  };
}

function drawObedient(random) {
  return { isDeclared: random.chance(0.5), cancel: drawCancel(random, 1), ...drawPool(random) };
}

function drawProgress(random) {
  return {
    steps: random.between(0, 60),
    isDeclared: random.chance(0.5),
    cancel: drawCancel(random, 0.2),
    ...drawPool(random),
  };
}

function drawAnswer(random) {
  return {
    way: random.pick([
      "at once",
      "later",
      "by the pool",
      "by the pool",
      "throws",
      "rejects",
      "nested",
    ]),
    ms: random.between(0, 15),
    depth: random.between(1, 3),
  };
}

function drawCallBack(random) {
  return {
    answer: drawAnswer(random),
    times: random.between(1, 4),
    catches: random.chance(0.5),
    cancel: drawCancel(random, 0.25),
    ...drawPool(random),
  };
}

function drawIterate(random) {
  return {
    items: random.pick([0, 1, 5, 16, 17, 33, 100]),
    ms: random.chance(0.8) ? 0 : random.between(0, 3),
    trouble: random.pick([undefined, undefined, undefined, "throws", "exits", "spoils"]),
    leavesAfter: random.chance(0.4) ? random.between(0, 40) : Infinity,
    pauseMs: random.chance(0.3) ? random.between(0, 5) : undefined,
    asks: random.chance(0.2) ? drawAnswer(random) : undefined,
    pullsAfterwards: random.chance(0.5),
    cancel: drawCancel(random, 0.35),
    ...drawPool(random),
  };
}

function drawReturn(random) {
  return {
    pending: random.between(0, 3),
    waits: random.chance(0.3),
    isThrown: random.chance(0.2),
    afterMs: random.between(0, 100),
    ...drawPool(random),
  };
}

function drawHold(random) {
  return {
    size: random.chance(0.2) ? random.between(2, 6) : 1,
    ms: random.between(0, 10),
    how: random.pick(["plain", "plain", "plain", "swallows", "fails", "again", "never"]),
    verdict: random.pick(["success", "failure", "undecided"]),
    afterMs: random.between(0, 60),
    asks: random.chance(0.2) ? drawAnswer(random) : undefined,
    cancel: drawCancel(random, 0.2),
    ...drawPool(random),
  };
}

function drawTotal(random) {
  return {
    total: random.chance(0.3) ? 0 : random.between(1, 10),
    forMs: random.between(10, 400),
    isOther: random.chance(0.3),
  };
}
