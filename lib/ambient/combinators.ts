import { all as allIn, allSettled as allSettledIn } from "../tasks/all.ts";
import { any as anyIn, race as raceIn } from "../tasks/race.ts";
import { mapConcurrent as mapIn, type MapOptions } from "../tasks/map-concurrent.ts";
import { streamConcurrent as streamIn, type StreamOptions } from "../tasks/stream-concurrent.ts";
import { hedge as hedgeIn } from "../tasks/hedge.ts";
import { retry as retryIn } from "../tasks/retry.ts";
import { withImpliedScope } from "./current-scope.ts";

/**
 * Runs every function at once below the current scope and gives their values in the same order. As `all` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { all, sleep } from "skein/ambient";
 *
 * const lengths = await all([() => sleep(1), () => "two"]);
 * console.log(lengths);
 * // prints: [ undefined, 'two' ]
 * ```
 *
 * @public
 */
export const all: typeof allIn = (functions, options) =>
  allIn(functions, withImpliedScope(options));

/**
 * Runs every function at once below the current scope and tells what became of each. As `allSettled` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { allSettled } from "skein/ambient";
 *
 * const outcomes = await allSettled([() => 1, () => Promise.reject(new Error("no"))]);
 * console.log(outcomes.map(({ status }) => status));
 * // prints: [ 'fulfilled', 'rejected' ]
 * ```
 *
 * @public
 */
export const allSettled: typeof allSettledIn = (functions, options) =>
  allSettledIn(functions, withImpliedScope(options));

/**
 * Runs every function at once below the current scope and gives the first value; the others are cancelled and awaited.
 * As `any` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { any } from "skein/ambient";
 *
 * const mirror = await any([() => Promise.reject(new Error("down")), () => "mirror B"]);
 * console.log(mirror);
 * // prints: mirror B
 * ```
 *
 * @public
 */
export const any: typeof anyIn = (functions, options) =>
  anyIn(functions, withImpliedScope(options));

/**
 * Runs every function at once below the current scope and gives the first to settle; the others are cancelled and
 * awaited. As `race` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { race, sleep } from "skein/ambient";
 *
 * console.log(await race([() => "at once", () => sleep(60_000)]));
 * // prints: at once
 * ```
 *
 * @public
 */
export const race: typeof raceIn = (functions, options) =>
  raceIn(functions, withImpliedScope(options));

/**
 * Calls `fn` for every item below the current scope, several at a time, and gives the results in order. As
 * `mapConcurrent` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { mapConcurrent, sleep } from "skein/ambient";
 *
 * const squares = await mapConcurrent(
 *   [3, 2, 1],
 *   async (n) => {
 *     await sleep(n);
 *     return n * n;
 *   },
 *   { concurrency: 2 },
 * );
 * console.log(squares);
 * // prints: [ 9, 4, 1 ]
 * ```
 *
 * @public
 */
export const mapConcurrent: typeof mapIn = ((items: never, fn: never, options?: MapOptions) =>
  mapIn(items, fn, withImpliedScope(options))) as typeof mapIn;

/**
 * Calls `fn` for items below the current scope and gives the results one by one as they are asked for. As
 * `streamConcurrent` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { streamConcurrent } from "skein/ambient";
 *
 * for await (const line of streamConcurrent(["a"], async (text) => text.toUpperCase())) {
 *   console.log(line);
 * }
 * // prints: A
 * ```
 *
 * @public
 */
export const streamConcurrent: typeof streamIn = ((
  items: never,
  fn: never,
  options?: StreamOptions,
) => streamIn(items, fn, withImpliedScope(options))) as typeof streamIn;

/**
 * Calls `fn` below the current scope until it succeeds, with growing, randomised delays. As `retry` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { retry } from "skein/ambient";
 *
 * const attempts = await retry(
 *   (_task, attempt) => {
 *     if (attempt < 2) throw new Error("not yet");
 *     return attempt;
 *   },
 *   { baseMs: 1 },
 * );
 * console.log(attempts);
 * // prints: 2
 * ```
 *
 * @public
 */
export const retry: typeof retryIn = (fn, options) => retryIn(fn, withImpliedScope(options));

/**
 * Calls `fn` below the current scope, and again beside it whenever no attempt has succeeded in time; gives the first
 * value. As `hedge` of `skein`.
 *
 * **Cancellation:** every call is cancelled and awaited; the rejection is the scope's reason.
 *
 * @throws TypeError or RangeError, synchronously, if an argument is invalid
 *
 * @example
 * ```ts
 * import { hedge, sleep } from "skein/ambient";
 *
 * const winner = await hedge(
 *   async (_task, attempt) => {
 *     await sleep(attempt === 0 ? 60_000 : 1);
 *     return attempt;
 *   },
 *   { afterMs: 5 },
 * );
 * console.log(winner);
 * // prints: 1
 * ```
 *
 * @public
 */
export const hedge: typeof hedgeIn = (fn, options) => hedgeIn(fn, withImpliedScope(options));
