import { type Clock, hostClock } from "./clock.ts";

/** Something that is due at a time: a sleeper, a deadline. */
export interface Timer {
  /** When it is due, on the clock of {@link now}. */
  readonly at: number;
  /** Order of arrival, which decides between timers that are due at the same time. */
  _order: number;
  /** Where it stands in the heap; -1 when it stands in none. */
  _place: number;
  /** Called once, when due, after leaving the heap. */
  _expire(): void;
}

let clock = hostClock;
let order = 0;

/** A binary min-heap over (at, order). Every timer knows its place, so that leaving takes a logarithm. */
let heap: Timer[] = [];

export function now(): number {
  return clock.now();
}

export function schedule(timer: Timer): void {
  timer._order = order++;
  heap.push(timer);
  rise(timer, heap.length - 1);
  if (heap[0] === timer || heap.length === 1) clock.setAlarm(timer.at, ring);
}

export function unschedule(timer: Timer): void {
  const place = timer._place;
  if (place === -1) return;
  timer._place = -1;
  const last = heap.pop()!;
  if (last !== timer) {
    if (place > 0 && before(last, heap[(place - 1) >> 1]!)) rise(last, place);
    else sink(last, place);
  }
  if (heap.length === 0) clock.restAlarm();
}

/** Takes every timer that is due out first, then lets each expire: one that runs late does not hold up another. */
function ring(): void {
  const time = clock.now();
  const due: Timer[] = [];
  while (heap.length > 0 && heap[0]!.at <= time) {
    due.push(heap[0]!);
    unschedule(heap[0]!);
  }
  for (const timer of due) timer._expire();
  if (heap.length > 0) clock.setAlarm(heap[0]!.at, ring);
}

/**
 * Puts another clock in place of the host's, for tests in virtual time. Timers of the clock before wait until
 * it is put back.
 *
 * @returns puts back what was there before
 */
export function replaceClock(other: Clock): () => void {
  const [oldClock, oldHeap] = [clock, heap];
  clock = other;
  heap = [];
  return () => {
    clock = oldClock;
    heap = oldHeap;
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
    heap[place] = other;
    other._place = place;
    place = above;
  }
  heap[place] = timer;
  timer._place = place;
}

function sink(timer: Timer, place: number): void {
  const half = heap.length >> 1;
  while (place < half) {
    let below = 2 * place + 1;
    if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++;
    const other = heap[below]!;
    if (!before(other, timer)) break;
    heap[place] = other;
    other._place = place;
    place = below;
  }
  heap[place] = timer;
  timer._place = place;
}
