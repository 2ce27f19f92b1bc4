import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkpoint, Event, openChannel, Semaphore, sleep, taskGroup } from "../../lib/index.ts";
import { explore, withSeed } from "../../lib/testing.ts";

/**
 * What a task waits for. `lock` and `unlock` are of one semaphore for all; the first task sets the event and sends the
 * items when it is done with everything else.
 */
type Wait = "sleep" | "turn" | "lock" | "unlock" | "event" | "item";
type Program = readonly (readonly Wait[])[];

const nothing = ["sleep", "turn"] as const;
const first = fc.array(fc.constantFrom(...nothing, "critical"), { maxLength: 2 });
const other = fc.array(fc.constantFrom(...nothing, "critical", "event", "item"), {
  minLength: 1,
  maxLength: 2,
});
const programs: fc.Arbitrary<Program> = fc
  .oneof(fc.tuple(first, other), fc.tuple(first, other, fc.constant(["sleep"] as const)))
  .map((tasks) =>
    tasks.map((waits) =>
      waits.flatMap((wait): Wait[] => (wait === "critical" ? ["lock", "unlock"] : [wait])),
    ),
  );

/** A task of the model. `"ready"`: its wait is over, or may be at any time. */
interface State {
  readonly at: number;
  readonly is: "unborn" | "ready" | "waiting" | "ended";
}

/** A program after some of its steps. */
interface World {
  readonly tasks: readonly State[];
  readonly log: string;
  /** Whether the semaphore is held, and who stands in line for it. */
  readonly held: boolean;
  readonly line: readonly number[];
  readonly set: boolean;
  readonly items: number;
  readonly takers: readonly number[];
}

/**
 * All orders that there are: one after another, any task that is ready goes on to its next wait, tasks begin in the order of
 * spawning, and who waits in line is served first come, first served.
 */
function ordersOf(program: Program): Set<string> {
  const orders = new Set<string>();
  const known = new Set<string>();
  const open: World[] = [
    {
      tasks: program.map(() => ({ at: 0, is: "unborn" })),
      log: "",
      held: false,
      line: [],
      set: false,
      items: 0,
      takers: [],
    },
  ];
  for (let world = open.pop(); world !== undefined; world = open.pop()) {
    const key = JSON.stringify(world);
    if (known.has(key)) continue;
    known.add(key);
    if (world.tasks.every(({ is }) => is === "ended")) orders.add(world.log);
    const unborn = world.tasks.findIndex(({ is }) => is === "unborn");
    for (const [index, { is }] of world.tasks.entries()) {
      if (is === "ready" || index === unborn) open.push(afterStep(program, world, index));
    }
  }
  return orders;
}

/** What a task does from one wait to the next. */
function afterStep(program: Program, before: World, index: number): World {
  const { at: since, is } = before.tasks[index]!;
  let at = is === "unborn" ? 0 : since + 1;
  let world = { ...before, log: `${before.log} ${index}${at}` };
  const waits = program[index]!;
  const put = (which: number, state: State): void => {
    world = { ...world, tasks: world.tasks.with(which, state) };
  };
  const release = (which: number): void => put(which, { ...world.tasks[which]!, is: "ready" });
  for (; at < waits.length; at++) {
    const wait = waits[at]!;
    if (wait !== "unlock") break;
    const [next, ...line] = world.line;
    world = { ...world, held: next !== undefined, line };
    if (next !== undefined) release(next);
    world = { ...world, log: `${world.log} ${index}${at + 1}` };
  }
  const wait = waits[at];
  if (wait === undefined) {
    put(index, { at, is: "ended" });
    if (index > 0) return world;
    for (const [which, state] of world.tasks.entries()) {
      if (state.is === "waiting" && program[which]![state.at] === "event") release(which);
    }
    for (const taker of world.takers) release(taker);
    return { ...world, set: true, items: 9 - world.takers.length, takers: [] };
  }
  const mustWait =
    (wait === "lock" && world.held) ||
    (wait === "event" && !world.set) ||
    (wait === "item" && world.items === 0);
  put(index, { at, is: mustWait ? "waiting" : "ready" });
  if (wait === "lock") {
    return mustWait ? { ...world, line: [...world.line, index] } : { ...world, held: true };
  }
  if (wait !== "item") return world;
  return mustWait
    ? { ...world, takers: [...world.takers, index] }
    : { ...world, items: world.items - 1 };
}

async function run(program: Program): Promise<string> {
  let log = "";
  const semaphore = new Semaphore(1);
  const event = new Event();
  const [send, receive] = openChannel<number>({ capacity: 9 });
  const doIt: Record<Wait, () => unknown> = {
    sleep: () => sleep(0),
    turn: () => checkpoint(),
    lock: () => semaphore.acquire(),
    unlock: () => semaphore.release(),
    event: () => event.wait(),
    item: () => receive.receive(),
  };
  await taskGroup((group) => {
    for (const [index, waits] of program.entries()) {
      group.spawn(async () => {
        log += ` ${index}0`;
        for (const [at, wait] of waits.entries()) {
          const done = doIt[wait]();
          if (wait !== "unlock") await done;
          log += ` ${index}${at + 1}`;
        }
        if (index > 0) return;
        event.set();
        for (let i = 0; i < 9; i++) send.trySend(i);
      });
    }
  });
  return log;
}

describe("explore", () => {
  it("runs every order that there is, and no other", async () => {
    let complete = 0;
    const property = fc.asyncProperty(programs, async (program) => {
      const seen = new Set<string>();
      const body = async (): Promise<void> => void seen.add(await run(program));
      const explored = await explore(body, { preemptions: Infinity, maxRuns: 700 });
      const orders = ordersOf(program);
      expect([...seen].filter((order) => !orders.has(order))).toEqual([]);
      if (!explored.complete) return;
      complete++;
      expect(seen).toEqual(orders);
    });
    const small: Program = [["turn"], ["lock", "unlock"]];
    await fc.assert(property, { numRuns: 6, examples: [[small]] });
    expect(complete).toBeGreaterThan(0);
  });
});

describe("withSeed", () => {
  it("reaches every order that there is with some seed, and no other with any", async () => {
    const property = fc.asyncProperty(programs, async (program) => {
      const orders = ordersOf(program);
      // ScopeExtras ones would take more seeds than there is time for.
      fc.pre(orders.size <= 20);
      const seen = new Set<string>();
      for (let seed = 0; seed < 5_000 && seen.size < orders.size; seed++) {
        const order = await withSeed(seed, () => run(program));
        expect(orders).toContain(order);
        seen.add(order);
      }
      expect(seen.size).toBe(orders.size);
    });
    await fc.assert(property, { numRuns: 6 });
  });
});
