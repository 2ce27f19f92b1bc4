import {
  all,
  allSettled,
  any,
  cancelScope,
  type CancelScope,
  failuresOf,
  hedge,
  mapConcurrent,
  race,
  retry,
  sleep,
  streamConcurrent,
  type TaskGroup,
  type TaskScope,
} from "../../lib/index.ts";

/** What one of the functions does: at once, or after it was told to stop. */
export const deeds = ["gives", "fails", "stops", "gives late", "fails late"] as const;
export type Deed = (typeof deeds)[number];

/** What happens while the functions that are not done at once wait. */
export const events = ["nothing", "outside", "deadline", "inside", "inside, then outside"] as const;
export type What = (typeof events)[number];

type Run = (
  list: readonly Deed[],
  options: object,
  group: (of: TaskGroup) => void,
) => Promise<unknown>;

/** When the event is: what is done at once is done long before. */
const EVENT = 1_000;

const isWaiting = (deed: Deed): boolean => deed !== "gives" && deed !== "fails";

/** The function at a place: its value is `v` and the place, its failure `f` and the place. */
async function act(deed: Deed, place: number, task: TaskScope): Promise<string> {
  if (!isWaiting(deed)) await sleep(1);
  else {
    try {
      await sleep(Infinity, task);
    } catch (reason) {
      if (deed === "stops") throw reason;
      // Longer than the time between two events.
      await sleep(2);
    }
  }
  if (deed === "fails" || deed === "fails late") throw new Error(`f${place}`);
  return `v${place}`;
}

const listed =
  (
    run: (functions: [(task: TaskScope) => Promise<string>], options: object) => Promise<unknown>,
  ): Run =>
  (list, options, meet) => {
    const functions = list.map((deed, place) => (task: TaskScope) => {
      meet(task.group);
      return act(deed, place, task);
    });
    return run(functions as never, options);
  };

const mapped =
  (width: (length: number) => number, settled = false): Run =>
  (list, options, meet) =>
    mapConcurrent(
      list,
      (deed, task, place) => {
        meet(task.group);
        return act(deed, place, task);
      },
      { ...options, concurrency: width(list.length), settled: settled as false },
    );

const streamed =
  (ordered: boolean, settled = false): Run =>
  async (list, options, meet) => {
    const given: string[] = [];
    const call = (deed: Deed, task: TaskScope, place: number): Promise<string> => {
      meet(task.group);
      return act(deed, place, task);
    };
    try {
      const concurrency = Math.max(1, list.length);
      for await (const value of streamConcurrent(list, call, {
        ...options,
        concurrency,
        ordered,
        settled: settled as false,
      })) {
        given.push(said([value]));
      }
    } catch (error) {
      throw new Interrupted(given, error);
    }
    return given;
  };

/** A stream's end, with what it had given before. */
class Interrupted {
  readonly given: readonly string[];
  readonly error: unknown;

  constructor(given: readonly string[], error: unknown) {
    this.given = given;
    this.error = error;
  }
}

export const combinators: Readonly<Record<string, Run>> = {
  all: listed((functions, options) => all(functions, options)),
  allSettled: listed((functions, options) => allSettled(functions, options)),
  any: listed((functions, options) => any(functions, options)),
  race: listed((functions, options) => race(functions, options)),
  mapConcurrent: mapped(() => Infinity),
  "mapConcurrent, bounded": mapped((length) => Math.max(1, length)),
  streamConcurrent: streamed(false),
  "streamConcurrent, ordered": streamed(true),
  "mapConcurrent, settled": mapped(() => Infinity, true),
  "mapConcurrent, bounded, settled": mapped((length) => Math.max(1, length), true),
  "streamConcurrent, settled": streamed(false, true),
  "streamConcurrent, ordered, settled": streamed(true, true),
  retry: (list, options) =>
    retry((task, attempt) => act(list[attempt]!, attempt, task), {
      ...options,
      baseMs: 0,
      maxAttempts: list.length,
    }),
  hedge: (list, options) =>
    hedge((task, attempt) => act(list[attempt]!, attempt, task), {
      ...options,
      afterMs: 0,
      maxAttempts: list.length,
    }),
};

/** Runs a combinator on the virtual clock and says in a word what came of it. */
export async function outcomeOf(name: string, list: readonly Deed[], what: What): Promise<string> {
  let inner: TaskGroup | undefined;
  const outcome = await cancelScope(async (helpers) => {
    const outer = new AbortController();
    const options = {
      ...(what.includes("outside") ? { signal: outer.signal } : {}),
      ...(what === "deadline" ? { timeoutMs: EVENT } : {}),
    };
    void happen(what, outer, () => inner, helpers).catch(() => {});
    try {
      return said(await combinators[name]!(list, options, (group) => (inner = group)));
    } catch (error) {
      return error instanceof Interrupted
        ? [...error.given, `then ${thrown(error.error)}`].join(" ")
        : thrown(error);
    } finally {
      helpers.cancel();
    }
  });
  return outcome.done ? outcome.value : "cancelled";
}

async function happen(
  what: What,
  outer: AbortController,
  inner: () => TaskGroup | undefined,
  helpers: CancelScope,
): Promise<void> {
  await sleep(EVENT, helpers);
  if (what.includes("inside")) inner()?.cancel("reason inside");
  if (what.includes("then")) await sleep(1, helpers);
  if (what.includes("outside")) outer.abort("reason outside");
}

function said(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const words = value.map((one: string | PromiseSettledResult<string>) => {
    if (typeof one === "string") return one;
    return one.status === "fulfilled" ? one.value : (one.reason as Error).message;
  });
  return words.join(" ");
}

function thrown(error: unknown): string {
  if (typeof error === "string") return error;
  if ((error as Error).name === "TimeoutError") return "reason deadline";
  const failures =
    error instanceof AggregateError ? (error.errors as unknown[]) : failuresOf(error);
  const kind = error instanceof AggregateError ? "all failed:" : "failed:";
  return [kind, ...failures.map((failure) => (failure as Error).message)].join(" ");
}
