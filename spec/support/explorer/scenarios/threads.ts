import { cancel, close, type Scenario, submit } from "../scenario.ts";
import { functions } from "./functions.ts";

/** Threads that wait, and threads that end. */
export const threads: readonly Scenario[] = [
  {
    name: "a worker parks and dozes while calls come",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "echo", onCancel: "cooperate" } },
    users: [[submit("a")], [submit("b"), cancel("b")]],
    waiting: "in all ways",
  },
  {
    name: "the event loop turns while a call runs",
    permits: 1,
    functions,
    calls: { a: { runs: "turns" }, b: { runs: "turns", isBig: true, onCancel: "cooperate" } },
    users: [[submit("a")], [submit("b"), cancel("b")]],
    waiting: "dozing",
  },
  {
    name: "a thread ends at any moment",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "long" } },
    users: [[submit("a"), submit("b")]],
    mayCrash: true,
  },
  {
    name: "a thread ends at any moment while the pool is closed",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b"), close]],
    mayCrash: true,
  },
  {
    name: "a function ends its thread, and is cancelled",
    permits: 1,
    functions,
    calls: { a: { runs: "exits", exits: true }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b"), cancel("a")]],
  },
  {
    name: "what a call left behind ends the thread",
    permits: 1,
    functions,
    calls: { a: { runs: "leaves" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b")]],
    waiting: "in all ways",
  },
  {
    name: "an idle thread is ended when a call comes",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b")], [close]],
    idleMs: 777,
    timers: [777],
    waiting: "in all ways",
  },
];
