import { FAIL, STOP, SUCCEED } from "../../../lib/threads/pool/protocol.ts";
import type { Patch } from "./modules.ts";
import type { CallPlan, CallRecord } from "./records.ts";
import type { Waiting } from "./thread.ts";
import type { WorkerFunction } from "./worker-api.ts";

/** What users can do, and see. */
export interface Actions {
  readonly closing: "no" | "begun" | "ended";
  record(name: string): CallRecord;
  isSuspended(name: string): boolean;
  submit(name: string): void;
  cancel(name: string): void;
  open(gate: string): void;
  next(name: string, items: number): void;
  finish(name: string, step: number): void;
  stop(name: string): void;
  close(): void;
  abort(): void;
}

/** What a user does, once `may` allows it. */
export interface Step {
  readonly label: string;
  readonly may?: (play: Actions) => boolean;
  readonly run: (play: Actions) => void;
}

/** A few calls and what their callers do; all orders of everything that can happen are tried. */
export interface Scenario {
  readonly name: string;
  readonly permits: number;
  readonly functions: Readonly<Record<string, WorkerFunction>>;
  readonly calls: Readonly<Record<string, CallPlan>>;
  /** What several users do, each in this order. */
  readonly users: readonly (readonly Step[])[];
  /** By default they are parked: that is where a call that comes meets most. */
  readonly waiting?: Waiting;
  /** One thread may end at any moment. */
  readonly mayCrash?: boolean;
  /** Timers that may fire, by their duration. */
  readonly timers?: readonly number[];
  readonly idleMs?: number;
  readonly patches?: readonly Patch[];
}

export function submit(name: string): Step {
  return {
    label: `submit ${name}`,
    // A pool that ends takes no more calls.
    may: (play) => play.closing === "no",
    run: (play) => play.submit(name),
  };
}

export function cancel(name: string): Step {
  return {
    label: `cancel ${name}`,
    may: (play) => play.record(name).isSubmitted,
    run: (play) => play.cancel(name),
  };
}

/** Settles the promise of a callback, once it has been called. */
export function answer(name: string): Step {
  return {
    label: `answer ${name}`,
    may: (play) => play.record(name).answer !== undefined,
    run: (play) => play.record(name).answer!(),
  };
}

export const close: Step = { label: "close", run: (play) => play.close() };
export const destroy: Step = {
  label: "destroy",
  run: (play) => {
    play.close();
    play.abort();
  },
};

/** Makes the next step of a session, once the step before is over. */
export function next(name: string, items: number): Step {
  return {
    label: `next ${name}`,
    may: (play) => play.isSuspended(name),
    run: (play) => play.next(name, items),
  };
}

export function stop(name: string): Step {
  return {
    label: `stop ${name}`,
    may: (play) => play.isSuspended(name),
    run: (play) => play.finish(name, STOP),
  };
}

/** Ends an iteration while its step may go on. */
export function leave(name: string): Step {
  return {
    label: `leave ${name}`,
    may: (play) => play.record(name).isSubmitted,
    run: (play) => play.stop(name),
  };
}

export function succeed(name: string): Step {
  return {
    label: `succeed ${name}`,
    may: (play) => play.isSuspended(name),
    run: (play) => play.finish(name, SUCCEED),
  };
}

export function fail(name: string): Step {
  return {
    label: `fail ${name}`,
    may: (play) => play.isSuspended(name),
    run: (play) => play.finish(name, FAIL),
  };
}
