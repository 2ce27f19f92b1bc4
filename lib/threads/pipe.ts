import type { Cancellation } from "../scope/cancellation.ts";
import { waitScope } from "../scope/wait.ts";
import { Call, type CallOptions, type CancelHandler, type Piped, type Work } from "./call.ts";
import type { AnyFunction } from "./callback.ts";
import { constantShipmentOf } from "./closure/ship.ts";
import type { RunOptions } from "./executor.ts";
import type { Lane } from "./lane.ts";
import { isLight, prepare } from "./prepare.ts";
import { programOf } from "./program.ts";
import { isTiny } from "./tiny-calls.ts";
import { functionBehind } from "./threaded-function.ts";

/** A call to be sent right behind another, whose result it takes. */
export interface Follower {
  readonly fn: AnyFunction;
  /** Its only argument: nothing in it is an object. */
  readonly deps: Readonly<Record<string, unknown>>;
  /** Where the result goes; holds a place in `deps`. */
  readonly into: string;
  readonly name: string;
}

/** Who has the lanes. */
interface Lanes extends CancelHandler {
  laneOf(call: Call): Lane | undefined;
  freed(lane: Lane): void;
}

type Settle = (value: unknown) => void;

/**
 * A call that was sent ahead of its time, right behind the one whose result it takes. Whoever makes that call in the end
 * claims it. If it could not be given the result in its thread, it is made again from the start.
 *
 * ```
 *   sent ──▶ begun ──▶ settled      claimed at any of these
 *     └──▶ void
 * ```
 */
export class Pipe implements Piped {
  readonly #lanes: Lanes;
  readonly #fn: AnyFunction;
  readonly #call: Call;
  /** What has come of it before it was claimed. */
  #settled: (() => void) | undefined;
  #resolve: Settle | undefined;
  #reject: Settle | undefined;
  #isVoid = false;
  /** Set once it is claimed. */
  #remake: (() => Work) | undefined;

  constructor(work: Work & { readonly kind: "call" }, name: string, lanes: Lanes) {
    this.#lanes = lanes;
    this.#fn = work.fn;
    const options: CallOptions = { ...unclaimed, name };
    this.#call = new Call(
      work,
      options,
      undefined,
      lanes,
      (value) => {
        if (this.#resolve === undefined) this.#settled = () => this.#resolve!(value);
        else this.#resolve(value);
      },
      (error) => {
        if (this.#reject === undefined) this.#settled = () => this.#reject!(error);
        else this.#reject(error);
      },
    );
    this.#call.pipe = this;
  }

  get call(): Call {
    return this.#call;
  }

  get isClaimed(): boolean {
    return this.#remake !== undefined;
  }

  /** Makes the call the caller's own; nothing if it must be made in the usual way. */
  claim(args: readonly unknown[], options: RunOptions): Promise<unknown> | undefined {
    const call = this.#call;
    const wasSent = call.sequence > 0 || call.settled;
    if (this.#isVoid || !wasSent) return undefined;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#remake = () => prepare(this.#fn, args, options, 0).work;
      const scope = waitScope(options.scope);
      call.options = { ...call.options, scope };
      call.enter();
      if (call.settled) this.#settleLate();
      else if (scope?.cancelled === true && call.cancellation === undefined) {
        if (!this.recall(scope._inForce!)) call.reject(scope.reason);
      }
    });
  }

  #settleLate(): void {
    this.#call.leave();
    this.#settled!();
  }

  /** Nobody claims it any more unless its function has begun. Stops that; says whether there was something to stop. */
  recall(event: Cancellation): boolean {
    const call = this.#call;
    if (call.settled) return true;
    if (this.#isVoid) return false;
    const lane = this.#lanes.laneOf(call);
    if (lane !== undefined && !lane.withdraw(call)) {
      call._deliver(event);
      return true;
    }
    this.#isVoid = true;
    if (lane !== undefined) this.#lanes.freed(lane);
    return false;
  }

  /** It has not begun and never will, from here. Says whether it is to be made in the usual way now. */
  decline(): boolean {
    const call = this.#call;
    call.pipe = undefined;
    const remake = this.#remake;
    if (remake === undefined) {
      this.#isVoid = true;
      return false;
    }
    try {
      call.work = remake();
      return true;
    } catch (error) {
      call.reject(error);
      return false;
    }
  }
}

const unclaimed: Omit<CallOptions, "name"> = {
  scope: null,
  ownScope: null,
  limiter: undefined,
  onCancel: "kill",
  graceMs: undefined,
  links: undefined,
  site: undefined,
};

/** Whether a call is known to be tiny and needs nothing of this thread, so that others may be sent right behind it. */
export function canPipe(call: Call): boolean {
  const { work, options } = call;
  return (
    isTiny(call) && work.kind === "call" && !work.program.hasThrown && options.links === undefined
  );
}

/** Pipes for the followers, up to the first that cannot be sent ahead. */
export function pipesFor(followers: readonly Follower[], lanes: Lanes): Pipe[] {
  const pipes: Pipe[] = [];
  for (const { fn: given, deps, into, name } of followers) {
    const fn = functionBehind(given as never) as AnyFunction;
    if (!Object.values(deps).every(isLight)) break;
    // What a function captures is what it is when its call is made.
    const shipment = constantShipmentOf(fn);
    if (shipment === undefined) break;
    const program = programOf(shipment.code);
    if (!program.isTiny || program.hasThrown || program.isUnloadable) break;
    const work = {
      kind: "call",
      fn,
      program,
      values: undefined,
      args: [deps],
      transfer: undefined,
      batch: 0,
      into,
    } as const;
    pipes.push(new Pipe(work, name, lanes));
  }
  return pipes;
}
