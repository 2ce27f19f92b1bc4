import { isTurnAwaited } from "../channels/event-loop-turns.ts";
import { afterMicrotasks, setImmediate } from "../host.ts";
import { checkpointsWaiting } from "../scope/checkpoint.ts";
import { pendingTimers, type Timer } from "../scope/timers.ts";
import type { Due, RunOrder } from "../scope/run-order.ts";
import { type Chooser, TIME } from "./chooser.ts";
import type { JumpingClock } from "./jumping-clock.ts";
import { VirtualImmediates } from "./virtual-immediates.ts";

/**
 * So often others may go first before somebody goes on who was ready: a loop that waits for another must not be the
 * only one.
 */
const PATIENCE = 200;

interface Held {
  readonly kind: "begin" | "due" | "ready";
  readonly whose: object | null;
  readonly goOn: () => void;
  readonly since: number;
  /** How often others went first. */
  passed: number;
}

/**
 * Lets what is ready go on at once or keeps it. When everything else has come to rest, one of those that are kept goes
 * on, or, if that can happen first, time passes.
 */
export class Scheduler implements RunOrder {
  readonly #chooser: Chooser;
  readonly #clock: JumpingClock;
  readonly #lateMs: number;
  /** In the order in which they became ready. */
  readonly #held: Held[] = [];
  readonly #immediates = new VirtualImmediates(this);
  #armed = false;
  #ended = false;

  /** @param lateMs - how long somebody may be kept while time passes */
  constructor(chooser: Chooser, clock: JumpingClock, lateMs: number) {
    this.#chooser = chooser;
    this.#clock = clock;
    this.#lateMs = lateMs;
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  keeps(whose: object | null, goOn: () => void): boolean {
    return this.#keepsOne("ready", whose, goOn);
  }

  keepsBegin(whose: object, goOn: () => void): boolean {
    return this.#keepsOne("begin", whose, goOn);
  }

  fire(due: Due): void {
    if (due._slips !== true) {
      // What is bounded by this was due before.
      for (const held of this.#held.filter(({ kind }) => kind === "due")) this.#letGo(held);
      due._expire();
    } else if (!this.#keepsOne("due", due, () => due._expire())) {
      due._expire();
    }
  }

  /** Lets all that is kept go on; nothing is kept any more. */
  end(): void {
    this.#ended = true;
    this.#immediates.putBack();
    while (this.#held.length > 0) this.#letGo(this.#held[0]!);
  }

  #keepsOne(kind: Held["kind"], whose: object | null, goOn: () => void): boolean {
    if (this.#ended) return false;
    const follows = kind === "begin" && this.#held.some((held) => held.kind === "begin");
    if (!follows && this.#chooser.choose({ kind, count: 2, whose: [whose, null] }) === 0) {
      return false;
    }
    this.#held.push({ kind, whose, goOn, since: this.#clock.now(), passed: 0 });
    this.#arm();
    return true;
  }

  #arm(): void {
    if (this.#armed || this.#held.length === 0) return;
    this.#armed = true;
    afterMicrotasks(() => {
      this.#armed = false;
      this.#rest();
    });
  }

  /** Everything that can run without one of those that are kept has run. */
  #rest(): void {
    const oldest = this.#held[0];
    if (oldest === undefined) return;
    const firstToBegin = this.#held.findIndex(({ kind }) => kind === "begin");
    const ready =
      oldest.passed >= PATIENCE
        ? [oldest]
        : this.#held.filter(({ kind }, index) => kind !== "begin" || index === firstToBegin);
    const letPass = oldest.passed >= PATIENCE ? null : this.#passage(oldest.since + this.#lateMs);
    const chosen = ready[this.#choose(ready, letPass !== null)];
    for (const held of this.#held) held.passed++;
    if (chosen === undefined) {
      letPass!();
    } else {
      this.#letGo(chosen);
      this.#arm();
    }
  }

  #choose(ready: readonly Held[], orPass: boolean): number {
    const whose: (object | null)[] = ready.map((held) => held.whose);
    if (orPass) whose.push(TIME);
    const count = whose.length;
    return count === 1 ? 0 : this.#chooser.choose({ kind: "next", count, whose });
  }

  #letGo(held: Held): void {
    this.#held.splice(this.#held.indexOf(held), 1);
    held.goOn();
  }

  /**
   * Lets the event loop turn, if somebody waits for that, or time come to the next timer; `null` if nothing can happen
   * so before `limit`, or only what must not find anybody late.
   */
  #passage(limit: number): (() => void) | null {
    const arm = (): void => this.#arm();
    if (checkpointsWaiting() > 0 || isTurnAwaited() || this.#immediates.areAwaited) {
      return () => setImmediate(arm);
    }
    const timers = pendingTimers();
    const at = Math.min(...timers.map((timer) => timer.at));
    if (at > limit || at === Infinity || timers.some(isBoundBy(at))) return null;
    if (!this.#clock.mayJumpTo(at)) return null;
    return () => {
      this.#clock.jump();
      arm();
    };
  }
}

function isBoundBy(at: number): (timer: Timer) => boolean {
  return (timer) => timer._slips !== true && timer.at <= at;
}
