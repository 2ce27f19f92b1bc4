import type { ResourceLimits } from "node:worker_threads";
import type { Call, CancelHandler, Seat } from "./call.ts";
import type { ThreadpoolStatistics } from "./executor.ts";
import {
  giveUp,
  isContinued,
  isLateError,
  lostIteration,
  orphan,
  takeBack,
  unstarted,
} from "./endings.ts";
import { type Ending, Fleet, type FleetKeeper } from "./fleet.ts";
import { Interrupter } from "./interrupter.ts";
import { Lane, type LaneKeeper } from "./lane.ts";
import type { Line } from "./line.ts";
import { asSource } from "./prepare.ts";
import { type Batch, HOLD } from "./protocol.ts";
import { reportLateError } from "./reports.ts";
import { RestingLanes } from "./resting-lanes.ts";
import { Seats } from "./seats.ts";
import { addWithPiped, isTiny, takeTinyCalls } from "./tiny-calls.ts";

/** How many tiny calls a lane is given at once. */
const DEPTH = 16;

const EMPTY_BATCH: Batch = { items: [], done: false };

/** Brings calls and lanes together. */
export class Dispatcher implements LaneKeeper, FleetKeeper, CancelHandler {
  readonly #fleet: Fleet;
  readonly #interrupter: Interrupter;
  readonly #mostLanes: number;
  readonly #lanes = new Set<Lane>();
  readonly #resting = new RestingLanes(() => this.#checkQuiet());
  /** Lines in which calls may wait. */
  readonly #waiting = new Set<Line>();
  readonly #seats = new Seats();
  /** Since a thread was ended for a call, one more than needed is kept ready. */
  #keepsSpare = false;
  #completed = 0;
  readonly #whenQuiet: (() => void)[] = [];

  constructor(mostLanes: number, idleMs: number, resourceLimits: ResourceLimits | undefined) {
    this.#mostLanes = mostLanes;
    this.#fleet = new Fleet(this, idleMs, resourceLimits);
    this.#interrupter = new Interrupter(this.#fleet);
  }

  get statistics(): ThreadpoolStatistics {
    let running = 0;
    let queued = 0;
    for (const { calls } of this.#lanes) {
      if (calls.length === 0) continue;
      running += 1;
      queued += calls.length - 1;
    }
    for (const { queue } of this.#waiting) queued += queue.size;
    return { running, queued, completed: this.#completed, threads: this.#fleet.threads };
  }

  submit(call: Call, line: Line): void {
    line.queue.push(call);
    this.#waiting.add(line);
    if (isTiny(call)) line.pumpSoon();
    else this.pump(line);
  }

  /** Gives out calls as far as permits and lanes allow. */
  pump(line: Line): void {
    // Giving a call out may free a lane at once, when the call cannot be sent: the loop below goes on then.
    if (line.isPumping) return;
    line.isPumping = true;
    try {
      this.#giveOut(line);
    } finally {
      line.isPumping = false;
    }
    line.settle();
    if (line.queue.size === 0) this.#waiting.delete(line);
    else this.#waiting.add(line);
  }

  lent(): void {
    this.#pumpAll();
  }

  #pumpAll(): void {
    for (const line of this.#waiting) this.pump(line);
  }

  #giveOut(line: Line): void {
    const { queue } = line;
    for (let call = queue.first; call !== undefined; call = queue.first) {
      const seated = call.seat && this.#seats.laneOf(call.seat);
      if (isContinued(call) && seated === undefined) {
        queue.remove(call);
        call.reject(lostIteration());
        continue;
      }
      const permit = seated !== undefined || this.#hasLaneFor(line) ? line.takePermit() : undefined;
      if (permit === undefined) {
        if (!this.#prefetch(line)) return;
        continue;
      }
      const lane = seated ?? this.#resting.take() ?? this.#open();
      lane.occupy(line, permit);
      if (lane.phase === "open" || lane.isWarm) this.#giveNext(lane, line);
      else lane.awaitedBy(line);
    }
  }

  /** Whether a call of the line can have a lane: a resting one, or a new one beyond those that come up for its calls. */
  #hasLaneFor(line: Line): boolean {
    if (line.starting >= line.queue.size) return false;
    return this.#resting.size > 0 || this.#lanes.size < this.#mostLanes || this.#hasParked();
  }

  /** Whether enough lanes only hold something for another to be opened beside them. */
  #hasParked(): boolean {
    let working = 0;
    for (const lane of this.#lanes) if (!lane.isParked) working += 1;
    return working < this.#mostLanes;
  }

  #giveNext(lane: Lane, line: Line): void {
    const call = line.queue.shift()!;
    if (call.seat !== undefined) this.#seats.take(call.seat, lane);
    const calls: Call[] = [];
    addWithPiped(calls, call, lane.room);
    if (line.queue.size > 0 && isTiny(call)) {
      const share = Math.ceil(line.queue.size / (this.#resting.size + 1));
      takeTinyCalls(line.queue, Math.min(DEPTH - 1, share), lane.room, calls);
    }
    lane.giveAll(calls);
  }

  /** Fills a lane up with tiny calls, behind tiny calls. */
  #refill(lane: Lane, line: Line): void {
    if (lane.seat !== undefined || !lane.calls.every(isTiny) || !line.mayKeepPermit) return;
    const more = takeTinyCalls(line.queue, DEPTH - lane.calls.length, lane.room);
    if (more.length > 0) lane.giveAll(more);
  }

  #prefetch(line: Line): boolean {
    if (!isTiny(line.queue.first!)) return false;
    const before = line.queue.size;
    for (const lane of this.#lanes) {
      if (lane.line !== line || lane.phase !== "open" || lane.calls.length === 0) continue;
      if (lane.calls.length <= DEPTH / 2) this.#refill(lane, line);
    }
    return line.queue.size < before && line.queue.size > 0;
  }

  #open(): Lane {
    const lane = new Lane(this, this.#fleet.idle > 0);
    this.#lanes.add(lane);
    this.#fleet.open(lane);
    return lane;
  }

  opened(lane: Lane, threadId: number): void {
    this.#fleet.claim(lane, threadId);
    this.#interrupter.opened(lane);
    if (lane.phase !== "starting") return;
    lane.phase = "open";
    lane.arrived();
    if (lane.calls.length === 0) this.freed(lane);
    if (this.#keepsSpare) this.#fleet.warmSoon(this.#lanes.size + 1);
  }

  freed(lane: Lane): void {
    const { line, calls } = lane;
    if (lane.phase !== "open") return this.#checkQuiet();
    if (line === undefined || calls.length > DEPTH / 2) return;
    if (calls.length > 0) return this.#refill(lane, line);
    if (lane.seat === undefined) {
      const next = line.queue.first;
      if (next !== undefined && this.#isFree(next) && line.mayKeepPermit)
        return this.#giveNext(lane, line);
      this.#resting.add(lane);
    }
    lane.vacate();
    this.pump(line);
    this.#pumpAll();
    if (this.#resting.has(lane)) this.#steal(line);
  }

  /** Takes tiny calls back that stand behind one that turned out long, for a lane that has nothing to do. */
  #steal(line: Line): void {
    for (const lane of this.#lanes) {
      if (lane.line !== line || lane.calls.length < 2) continue;
      // A piped one takes what the one before it leaves in its thread.
      const stolen = lane.calls
        .slice(1)
        .filter((call) => call.pipe === undefined && lane.withdraw(call));
      for (const call of stolen.toReversed()) line.queue.unshift(call);
      if (stolen.length > 0) return this.pump(line);
    }
  }

  /** Whether a call can go to any lane. */
  #isFree(call: Call): boolean {
    return !isContinued(call) && (call.seat === undefined || !this.isSuspended(call.seat));
  }

  /** Whether a suspended iteration is there to be continued. */
  isSuspended(seat: Seat): boolean {
    return this.#seats.laneOf(seat) !== undefined;
  }

  /** Ends the wait for a batch of an iteration whose consumer has left. */
  cutShort(call: Call): void {
    const lane = this.laneOf(call);
    if (lane === undefined) {
      call.queue?.remove(call);
      call.resolve(EMPTY_BATCH);
    } else if (this.#withdraw(call, lane)) {
      call.resolve(EMPTY_BATCH);
      this.freed(lane);
    } else {
      lane.flag(call);
    }
  }

  /** Where a call is that was given to a lane. */
  laneOf(call: Call): Lane | undefined {
    if (call.sequence === 0) return undefined;
    for (const lane of this.#lanes) if (lane.calls.includes(call)) return lane;
    return undefined;
  }

  #withdraw(call: Call, lane: Lane): boolean {
    if (!lane.withdraw(call)) return false;
    // An iteration that has not begun needs no place.
    if (call.work.kind === "call" && call.work.batch !== HOLD) lane.seat = undefined;
    return true;
  }

  cancel(call: Call, reason: unknown): void {
    const lane = this.laneOf(call);
    if (lane === undefined) {
      call.reject(reason);
    } else if (this.#withdraw(call, lane)) {
      call.reject(reason);
      this.freed(lane);
    } else {
      this.#interrupter.cancel(call, lane, reason);
    }
  }

  failed(call: Call, error: unknown): void {
    if (call.cancellation !== undefined || call.settled) return;
    call.cancellation = { reason: error, event: undefined };
    this.cancel(call, error);
  }

  /** A piped call has not begun and cannot be given the result of the one before it in its thread. */
  declined(lane: Lane, call: Call): void {
    if (!call.settled) takeBack(call, lane);
  }

  settled(call: Call): void {
    this.#completed += 1;
    this.#interrupter.settled(call);
  }

  unloaded(lane: Lane, call: Call, error: unknown): void {
    const { work } = call;
    if (work.kind !== "call") return;
    const { program } = work;
    lane.known.delete(program.code.id);
    if (work.batch !== HOLD) lane.seat = undefined;
    if (program.code.kind !== "declared" || call.settled) return call.reject(error);
    program.isUnloadable = true;
    if (call.pipe !== undefined) return this.declined(lane, call);
    try {
      call.work = asSource(work);
      lane.line!.queue.unshift(call);
    } catch {
      call.reject(error);
    }
  }

  ended(lane: Lane, ending: Ending): void {
    const wasKilled = this.#interrupter.ended(lane);
    this.#forget(lane);
    if (!wasKilled && isLateError(lane, ending)) reportLateError(ending.error);
    for (const call of lane.calls.splice(0).toReversed()) orphan(call, lane, ending);
    this.#leave(lane);
    if (!wasKilled) return;
    this.#keepsSpare = true;
    // One to take the place of this one, and the spare.
    if (this.#whenQuiet.length === 0) this.#fleet.warmSoon(this.#lanes.size + 2);
  }

  unstarted(lane: Lane, error: unknown): void {
    this.#forget(lane);
    const line = lane.line!;
    line.queue.shift()?.reject(unstarted(error));
    this.#leave(lane);
  }

  #forget(lane: Lane): void {
    lane.arrived();
    lane.close();
    this.#lanes.delete(lane);
    this.#resting.delete(lane);
  }

  #leave(lane: Lane): void {
    const { line } = lane;
    lane.vacate();
    if (line !== undefined) this.pump(line);
    this.#pumpAll();
    this.#checkQuiet();
  }

  /** Waits until every call has ended, then ends the threads. That no more come is the caller's business. */
  async drain(): Promise<void> {
    const quiet = new Promise<void>((resolve) => this.#whenQuiet.push(resolve));
    this.#resting.dismiss();
    this.#checkQuiet();
    await quiet;
    await this.#fleet.end();
  }

  #checkQuiet(): void {
    if (this.#whenQuiet.length === 0) return;
    for (const lane of this.#lanes) if (!lane.isUnneeded) return;
    for (const { queue } of this.#waiting) if (queue.size > 0) return;
    for (const resolve of this.#whenQuiet) resolve();
  }

  /** Cancels everything, in whatever mode. */
  abort(reason: unknown): void {
    for (const line of this.#waiting) {
      for (let call = line.queue.shift(); call !== undefined; call = line.queue.shift()) {
        call.reject(reason);
      }
      this.pump(line);
    }
    for (const lane of this.#lanes) {
      for (const call of lane.calls.slice()) {
        call.cancellation ??= { reason, event: undefined };
        if (this.#withdraw(call, lane)) giveUp(call, reason);
        else this.#interrupter.stop(call, lane);
      }
      this.freed(lane);
    }
    this.#checkQuiet();
  }
}
