import type { Call, CallOptions, Seat, Work } from "./call.ts";

/** What those need of the pool who keep a place in a thread from call to call: iterations, and generators that are held. */
export interface SeatKeeper {
  submit(
    work: Work,
    options: CallOptions,
    seat: Seat,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ): Call;
  isSuspended(seat: Seat): boolean;
  /** Ends the wait for a batch of an iteration whose consumer has left. */
  cutShort(call: Call): void;
  /** Ends what is suspended in the place, within a time. */
  stop(seat: Seat, options: CallOptions, timeoutMs: number): Promise<unknown>;
}
