import { anything, isExcused } from "./ledger.mjs";

/** A generator in a thread, from its first step to its end: each step has to settle. */
export class Session {
  #round;
  #entry;

  /** @param options - what it is cancelled by */
  constructor(round, home, entry, options) {
    this.#round = round;
    this.#entry = entry;
    this.home = home;
    this.at = entry.at;
    this.options = options;
    home.sessions += 1;
  }

  step(name, promise, judge = anything) {
    const { kind, home, at } = this.#entry;
    const facts = { kind: `${kind}, at ${at}: ${name}`, home, isSession: true, judge };
    return this.#round.ledger.follow(this.#round.ledger.add(facts), promise);
  }

  isExcused(reason) {
    return isExcused(this.#entry, reason);
  }

  /** Whether something may have ended it before its time. */
  mayEndEarly() {
    const { reason, timeoutMs, home } = this.#entry;
    return reason !== undefined || timeoutMs !== undefined || home.ending !== undefined;
  }

  complain(text, reason) {
    const { ledger, program } = this.#round;
    const why =
      reason === undefined ? "" : `: ${reason instanceof Error ? reason.stack : String(reason)}`;
    program.find("wrong session", `${ledger.describe(this.#entry)}: ${text}${why}`);
  }

  close() {
    this.home.sessions -= 1;
    this.#round.ledger.close(this.#entry);
  }
}
