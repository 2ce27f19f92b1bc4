import { CapacityLimiter } from "../sync/capacity-limiter.ts";
import type { AnyFunction } from "./callback.ts";
import type { CallOptions, Seat, Work } from "./call.ts";
import { encodeThrown } from "./codec/errors.ts";
import { decodeValue } from "./codec/values.ts";
import type { RunOptions } from "./executor.ts";
import { type HeldGenerator, neverYielded, type Verdict, yieldedTwice } from "./held-generator.ts";
import { prepare } from "./prepare.ts";
import { FAILURE, HOLD, SUCCESS, UNDECIDED } from "./protocol.ts";
import { Residence } from "./residence.ts";
import type { SeatKeeper } from "./seat-keeper.ts";

/** Finishing a generator never waits for a permit: whoever has one might wait for what the generator holds. */
const unlimited = new CapacityLimiter(Infinity);

/** Holds generators in threads of a pool. */
export class ThreadHolding {
  readonly #engine: SeatKeeper;
  readonly #most: number;
  readonly #residences: Residence[] = [];

  /** @param most - how many threads hold generators */
  constructor(engine: SeatKeeper, most: number) {
    this.#engine = engine;
    this.#most = most;
  }

  async hold(
    fn: AnyFunction,
    args: readonly unknown[],
    options: RunOptions,
  ): Promise<HeldGenerator<unknown>> {
    const prepared = prepare(fn, args, options, HOLD);
    const residence = this.#residence();
    const { reply, seat } = await residence.begin(prepared.work, prepared.options);
    const { name } = prepared.options;
    if (!reply.isSuspended) throw neverYielded(name);
    const calm = { ...prepared.options, ...uncancellable };
    return {
      value: decodeValue(reply.value),
      finish: (verdict) => this.#finish(residence, seat, reply.resident, verdict, calm),
    };
  }

  /** The one with the least to do; another one rather than one that is busy. */
  #residence(): Residence {
    let least = this.#residences[0];
    for (const each of this.#residences) if (each.load < least!.load) least = each;
    if (least !== undefined && (least.load === 0 || this.#residences.length >= this.#most)) {
      return least;
    }
    const another = new Residence(this.#engine);
    this.#residences.push(another);
    return another;
  }

  async #finish(
    residence: Residence,
    seat: Seat,
    resident: number,
    verdict: Verdict,
    options: CallOptions,
  ): Promise<void> {
    const { reply } = await residence.finish(finishing(resident, verdict), options, seat);
    if (reply.hasYieldedAgain) throw yieldedTwice(options.name);
  }
}

const uncancellable = {
  scope: null,
  ownScope: null,
  limiter: unlimited,
  onCancel: "shield",
  links: undefined,
} as const;

function finishing(resident: number, verdict: Verdict): Work {
  const { kind } = verdict;
  if (kind !== "failure") {
    const told = kind === "success" ? SUCCESS : UNDECIDED;
    return { kind: "finish", resident, verdict: told, thrown: undefined };
  }
  return { kind: "finish", resident, verdict: FAILURE, thrown: encodeThrown(verdict.error) };
}
