import { isolatesRequests } from "../host.ts";
import { type Clock, HostClock } from "./clock.ts";
import { LoneTimers } from "./lone-timers.ts";
import { type Due, runOrder } from "./run-order.ts";

/** Something that is due at a time: a sleeper, a deadline. */
export interface Timer extends Due {
  /** When it is due, on the clock of {@link now}. It changes when that does. */
  at: number;
  /** Order of arrival, which decides between timers that are due at the same time. */
  _order: number;
  /**
   * Where it stands in the heap; -1 when it stands in none; -2 less its place while it lies there called off; -Infinity
   * when it has a timer of the host's for itself.
   */
  _place: number;
}

const OUT = -1;
const LONE = -Infinity;

const hostClock = /* @__PURE__ */ new HostClock(move);
/** Where no timer may serve two, there is no heap while the host's clock counts. */
const lone = isolatesRequests ? /* @__PURE__ */ new LoneTimers<Timer>(now, fire) : null;
let clock: Clock = hostClock;
let order = 0;

/**
 * A binary min-heap over (at, order). A timer that is called off stays where it is until it would come up, or until
 * half of the heap has been called off: then all of those are swept out at once. So calling off costs the same however
 * many there are, and few of them come up in the end.
 */
let heap: Timer[] = [];
let calledOff = 0;

/** Changes the times of all that is pending. */
function move(by: number): void {
  for (const timer of heap) timer.at += by;
}

export function now(): number {
  return clock.now();
}

export function schedule(timer: Timer): void {
  if (lone !== null && clock === hostClock) {
    timer._place = LONE;
    lone.set(timer);
    return;
  }
  timer._order = order++;
  timer._place = heap.length;
  heap.push(timer);
  rise(timer, timer._place);
  if (heap[0] === timer || clock.stale === true) clock.setAlarm(heap[0]!.at, ring);
}

/** Calls a timer off, for good: it must not be scheduled again. */
export function unschedule(timer: Timer): void {
  const place = timer._place;
  if (place < 0) {
    if (place === LONE) clearLone(timer);
    return;
  }
  if (place === heap.length - 1) {
    heap.pop();
    timer._place = OUT;
  } else {
    timer._place = -2 - place;
    calledOff++;
  }
  if (calledOff * 2 > heap.length) sweep();
  if (heap.length === 0) clock.restAlarm();
}

/** Calls a timer off, so that it can be scheduled again. */
export function remove(timer: Timer): void {
  if (timer._place === OUT) return;
  if (timer._place === LONE) {
    clearLone(timer);
    return;
  }
  if (timer._place < OUT) calledOff--;
  take(timer._place < OUT ? -2 - timer._place : timer._place);
  if (heap.length === 0) clock.restAlarm();
}

/** Takes every timer that is due out first, then lets each expire: one that runs late does not hold up another. */
function ring(): void {
  const time = clock.now();
  const due: Timer[] = [];
  while (heap.length > 0) {
    const first = heap[0]!;
    const wanted = first._place === 0;
    if (wanted && first.at > time) break;
    take(0);
    if (wanted) due.push(first);
    else calledOff--;
  }
  if (heap.length === 0) clock.restAlarm();
  for (const timer of due) expire(timer);
  if (heap.length > 0) clock.setAlarm(heap[0]!.at, ring);
}

function expire(timer: Timer): void {
  if (runOrder === null) timer._expire();
  else runOrder.fire(timer);
}

function fire(timer: Timer): void {
  timer._place = OUT;
  expire(timer);
}

function clearLone(timer: Timer): void {
  timer._place = OUT;
  lone!.clear(timer);
}

/** Takes out what stands at a place. */
function take(place: number): void {
  heap[place]!._place = OUT;
  const last = heap.pop()!;
  if (place === heap.length) return;
  if (place > 0 && before(last, heap[(place - 1) >> 1]!)) rise(last, place);
  else sink(last, place);
}

function sweep(): void {
  let kept = 0;
  for (const timer of heap) {
    if (timer._place < 0) timer._place = OUT;
    else put(timer, kept++);
  }
  heap.length = kept;
  calledOff = 0;
  for (let place = (heap.length >> 1) - 1; place >= 0; place--) sink(heap[place]!, place);
}

/** What waits for its time, in no order. */
export function pendingTimers(): Timer[] {
  return heap.filter((timer) => timer._place >= 0);
}

/**
 * Puts another clock in place of the host's, for tests in virtual time. Timers of the clock before wait until
 * it is put back.
 *
 * @returns puts back what was there before
 */
export function replaceClock(other: Clock): () => void {
  const [oldClock, oldHeap, oldCalledOff] = [clock, heap, calledOff];
  clock = other;
  hostClock.active = false;
  heap = [];
  calledOff = 0;
  return () => {
    clock = oldClock;
    hostClock.active = clock === hostClock;
    heap = oldHeap;
    calledOff = oldCalledOff;
    if (heap.length > 0) clock.setAlarm(heap[0]!.at, ring);
  };
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a._order < b._order);
}

function rise(timer: Timer, place: number): void {
  while (place > 0) {
    const above = (place - 1) >> 1;
    const other = heap[above]!;
    if (!before(timer, other)) break;
    put(other, place);
    place = above;
  }
  put(timer, place);
}

function sink(timer: Timer, place: number): void {
  const half = heap.length >> 1;
  while (place < half) {
    let below = 2 * place + 1;
    if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++;
    const other = heap[below]!;
    if (!before(other, timer)) break;
    put(other, place);
    place = below;
  }
  put(timer, place);
}

function put(timer: Timer, place: number): void {
  heap[place] = timer;
  timer._place = timer._place < OUT ? -2 - place : place;
}
