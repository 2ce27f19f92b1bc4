import { cancel, close, destroy, type Scenario, submit } from "../scenario.ts";
import { functions } from "./functions.ts";

/** Calls that come, are cancelled, and end, and pools that end under them. */
export const calls: readonly Scenario[] = [
  {
    name: "three calls on two threads, one is cancelled",
    permits: 2,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "echo", onCancel: "cooperate" }, c: { runs: "echo" } },
    users: [[submit("a"), submit("b"), submit("c"), cancel("b")]],
  },
  {
    name: "a kill meets the end of its call",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b")], [cancel("a")]],
  },
  {
    name: "a kill after the time of grace",
    permits: 1,
    functions,
    calls: { a: { runs: "listens" }, b: { runs: "echo" } },
    users: [[submit("a"), cancel("a")], [submit("b")]],
    timers: [50],
  },
  {
    name: "a call that never ends is killed, with a spare thread",
    permits: 1,
    functions,
    calls: { a: { runs: "forever" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b"), cancel("a")]],
    timers: [25],
  },
  {
    name: "a call is abandoned",
    permits: 1,
    functions,
    calls: { a: { runs: "echo", onCancel: "abandon" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b"), cancel("a")]],
  },
  {
    name: "two calls are cancelled",
    permits: 1,
    functions,
    calls: { a: { runs: "echo", onCancel: "cooperate" }, b: { runs: "echo" } },
    users: [
      [submit("a"), cancel("a")],
      [submit("b"), cancel("b")],
    ],
  },
  {
    name: "quick calls are looked for",
    permits: 2,
    functions,
    calls: { a: { runs: "quick", isQuick: true }, b: { runs: "quick", isQuick: true } },
    users: [[submit("a"), submit("b")]],
  },
  {
    name: "a quick call turns out to be long, and is cancelled",
    permits: 1,
    functions,
    calls: { a: { runs: "echo", isQuick: true, onCancel: "cooperate" } },
    users: [[submit("a"), cancel("a")]],
  },
  {
    name: "the pool is closed in the middle",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b"), close]],
    waiting: "in all ways",
  },
  {
    name: "the pool is destroyed in the middle",
    permits: 1,
    functions,
    calls: { a: { runs: "echo" }, b: { runs: "forever" } },
    users: [[submit("a"), submit("b"), destroy]],
  },
];
