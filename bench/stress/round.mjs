import { setTimeout as elapsed, setImmediate as turn } from "node:timers/promises";
import { Board } from "./board.mjs";
import { Later } from "./later.mjs";
import { gives, Ledger } from "./ledger.mjs";
import { calm, checkEnded } from "./quiet.mjs";
import { Session } from "./session.mjs";
import * as calls from "./operations/calls.mjs";
import * as callbacks from "./operations/callbacks.mjs";
import * as holding from "./operations/holding.mjs";
import * as iterations from "./operations/iterations.mjs";
import { close, destroy } from "./operations/surroundings.mjs";
import * as surroundings from "./operations/surroundings.mjs";

const operations = { ...calls, ...callbacks, ...holding, ...iterations, ...surroundings };
/** How much may be open when something new is begun. */
const MOST_OPEN = 400;

/** Some seconds of random operations on some pools, up to the moment when all of it has come to its end. */
export class Round {
  board = new Board();
  #operations = new Set();
  #later = new Later();

  constructor(program, plan, homes) {
    this.program = program;
    this.library = program.library;
    this.figures = program.figures;
    this.plan = plan;
    this.homes = homes;
    this.ledger = new Ledger(program, this.board);
  }

  async run() {
    const until = performance.now() + 1000 * this.plan.seconds;
    while (performance.now() < until && !this.board.isAlmostFull) {
      const { kind, pool, gap, ...particulars } = this.plan.next();
      const home = this.homes[pool % this.homes.length];
      this.program.note(`${kind} on ${home.name} ${JSON.stringify(particulars)}, then ${gap}`);
      const end = this.#begin(operations[kind], home, particulars);
      if (gap === "turn") await turn();
      else if (gap === "end") await Promise.race([end, elapsed(300)]);
      else if (gap !== "none") await elapsed(gap);
      while (this.ledger.open.size > MOST_OPEN && performance.now() < until) await elapsed(10);
    }
    this.program.note(`no more operations, ${this.ledger.open.size} are open`);
    await this.#drain();
    await calm(this.program, this.homes);
    this.ledger.verify();
    this.program.notes.verify(this.program);
  }

  /** Ends those pools that have not ended, in that way, or by `close()`. */
  async finish(how) {
    const operation = how === "destroy" ? destroy : close;
    for (const home of this.homes) {
      this.program.note(`${operation.name}() of ${home.name}`);
      if (home.ending === undefined) void this.#begin(operation, home, {});
    }
    await this.#drain();
    await calm(this.program, this.homes);
  }

  async #begin(operation, home, particulars) {
    const running = Promise.resolve(operation(this, home, particulars)).catch((error) =>
      this.program.find("the stress program failed", error.stack),
    );
    this.#operations.add(running);
    await running;
    this.#operations.delete(running);
  }

  /** Waits until everything that was begun has ended. */
  async #drain() {
    this.program.progressed();
    while (this.ledger.open.size > 0 || this.#operations.size > 0) {
      this.#later.hurry();
      if (this.program.isOverdue && !this.#giveUpOnDropped()) this.#findOpen();
      await elapsed(20);
      this.program.collect();
    }
  }

  #findOpen() {
    const open = [...this.ledger.open].map((entry) => this.ledger.describe(entry));
    const more = open.length > 12 ? [`and ${open.length - 12} more`] : [];
    this.program.find("does not settle", [...open.slice(0, 12), ...more].join("\n"));
  }

  /** `close()` may wait for iterators that nobody has and that are not collected either: nothing is known then. */
  #giveUpOnDropped() {
    const homes = this.homes.filter(
      ({ dropped, ending }) => dropped.size > 0 && ending === "close",
    );
    for (const home of homes) {
      this.figures.undecided += 1;
      this.program.note(
        `gives up on ${home.name}: ${home.dropped.size} iterators were not collected`,
      );
      void destroy(this, home, {});
    }
    if (homes.length > 0) this.program.progressed();
    return homes.length > 0;
  }

  /** One call: cancelled as `cancel` says, freed after so long if it has to be. */
  send(home, spec) {
    const { kind, fn, args = [], judge = gives, cancel = { how: "none" }, freesAfterMs } = spec;
    const { onCancel, graceMs, timeoutMs, how, when } = cancel;
    const at = this.board.take();
    const mode = onCancel ?? "kill";
    const entry = this.ledger.add({ kind, home, at, mode, timeoutMs, judge: judge(at) });
    const given = [this.board.cells, at, ...args];
    const options = {
      ...spec.options,
      ...this.otherLimiter(home, spec),
      onCancel,
      graceMs,
      timeoutMs,
    };
    this.figures.calls += 1;
    if (freesAfterMs !== undefined) this.#later.do(freesAfterMs, () => this.board.free(at));
    if (how === "none" || how === "timeout") {
      return this.ledger.follow(entry, home.pool.run(fn, given, options));
    }
    if (how === "scope") return this.#sendUnderScope(home, entry, when, fn, given, options);
    const { signal, afterwards } = this.#cancellation(entry, when);
    const settled = this.ledger.follow(entry, home.pool.run(fn, given, { ...options, signal }));
    afterwards();
    return settled;
  }

  async #sendUnderScope(home, entry, when, fn, given, options) {
    let settled;
    const outcome = this.library.cancelScope((scope) => {
      const afterwards = this.#cancelAt(entry, when, (reason) => scope.cancel(reason));
      settled = this.ledger.follow(entry, home.pool.run(fn, given, { ...options, scope }));
      afterwards();
      return settled;
    });
    await this.must(home, `the scope of #${entry.number}`, outcome);
    return settled;
  }

  #cancellation(entry, when) {
    const controller = new AbortController();
    const afterwards = this.#cancelAt(entry, when, (reason) => controller.abort(reason));
    return { signal: controller.signal, afterwards };
  }

  /** @returns what to do right after the call */
  #cancelAt(entry, when, cancel) {
    const action = () => {
      if (entry.settled !== undefined) return;
      entry.reason = new Error(`the stress program cancels #${entry.number}`);
      if (this.board.begun(entry.at) > 0 && entry.mode === "kill") this.figures.kills += 1;
      this.figures.cancelled += 1;
      cancel(entry.reason);
    };
    if (when === "now") return action;
    if (when === "before") action();
    else this.#later.at(when, action);
    return () => {};
  }

  /** A call whose function does not count how often it runs. */
  sendSmall(home, fn, args, judge, spec = {}) {
    this.figures.calls += 1;
    const entry = this.ledger.add({ kind: fn.name || "closure", home, judge });
    return this.ledger.follow(entry, home.pool.run(fn, args, this.otherLimiter(home, spec)));
  }

  /** The same, but it writes its number to a file. */
  sendNoted(home, fn) {
    const { file, next } = this.program.notes;
    const id = next();
    this.figures.calls += 1;
    const entry = this.ledger.add({ kind: `noted ${id}`, home, judge: gives(id) });
    return this.ledger.follow(entry, home.pool.run(fn, [file, id]));
  }

  openSession(home, { kind, cancel = { how: "none" }, freesAfterMs }) {
    const { onCancel, graceMs, timeoutMs, how, when } = cancel;
    const at = this.board.take();
    this.figures.sessions += 1;
    const entry = this.ledger.add({ kind, home, at, mode: onCancel, timeoutMs, isSession: true });
    const options = { onCancel, graceMs, timeoutMs };
    if (how !== "none" && how !== "timeout") {
      const { signal, afterwards } = this.#cancellation(entry, when);
      options.signal = signal;
      process.nextTick(afterwards);
    }
    if (freesAfterMs !== undefined) this.#later.do(freesAfterMs, () => this.board.free(at));
    return new Session(this, home, entry, options);
  }

  otherLimiter(home, { usesOther }) {
    return usesOther === true && home.other !== undefined ? { limiter: home.other } : {};
  }

  /** Something that has to resolve. */
  must(home, kind, promise) {
    const judge = (settled) => ("value" in settled ? undefined : "should resolve");
    return this.ledger.follow(this.ledger.add({ kind, home, isSession: true, judge }), promise);
  }

  async end(home, name, action) {
    await this.must(home, name, action());
    checkEnded(this.program, home, name);
  }

  /** After some time, or when the round comes to its end. */
  later(ms, action) {
    this.#later.do(ms, action);
  }

  pause(ms) {
    return this.#later.pause(ms);
  }
}
