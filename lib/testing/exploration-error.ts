import { SkeinError } from "../errors.ts";

/**
 * What `explore` of `skein/testing` rejects with when a body fails in one of its orders. Its cause is what the body
 * failed with.
 *
 * @public
 */
export class ExplorationError extends SkeinError {
  /** The order in which it fails, for `withSeed`. */
  readonly schedule: readonly number[];
  /** How many schedules were run until then. */
  readonly runs: number;

  constructor(message: string, schedule: readonly number[], runs: number, options?: ErrorOptions) {
    super("ERR_SKEIN_EXPLORATION", message, options);
    this.schedule = schedule;
    this.runs = runs;
  }

  static {
    Object.defineProperty(this.prototype, "name", {
      value: "ExplorationError",
      configurable: true,
      writable: true,
    });
  }
}
