import { answer, cancel, destroy, type Scenario, submit } from "../scenario.ts";
import type { CallRecord } from "../records.ts";
import { functions } from "./functions.ts";

/** Answers when its user says so. */
function later(record: CallRecord, given: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    record.answer = () => {
      record.answer = undefined;
      resolve(given);
    };
  });
}

/** What goes over the port: arguments, replies, progress, callbacks. */
export const messages: readonly Scenario[] = [
  {
    name: "arguments and values are sent, and their call is taken back",
    permits: 1,
    functions,
    calls: {
      a: { runs: "echo", isBig: true, values: "a", onCancel: "cooperate" },
      b: { runs: "echo" },
      c: { runs: "echo", values: "c" },
    },
    users: [
      [submit("a"), cancel("a")],
      [submit("b"), submit("c")],
    ],
  },
  {
    name: "replies are sent",
    permits: 1,
    functions,
    calls: { a: { runs: "long" }, b: { runs: "throws", throws: "b throws" }, c: { runs: "echo" } },
    users: [[submit("a"), submit("b"), submit("c")]],
  },
  {
    name: "quick replies are sent",
    permits: 1,
    functions: { ...functions, quick: functions["long"]! },
    calls: { a: { runs: "quick", isQuick: true }, b: { runs: "quick", isQuick: true } },
    users: [[submit("a"), submit("b")]],
  },
  {
    name: "arguments that cannot be cloned",
    permits: 1,
    functions,
    calls: { a: { runs: "echo", isRefused: true }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b")]],
  },
  {
    name: "progress within its window, and a cancel",
    permits: 1,
    functions,
    calls: {
      a: { runs: "progress", hasProgress: true, onCancel: "cooperate" },
      b: { runs: "echo" },
    },
    users: [[submit("a"), submit("b")], [cancel("a")]],
    patches: [{ file: "threads/worker/outlet.js", from: "WINDOW = 16", to: "WINDOW = 1" }],
  },
  {
    name: "a callback answers at once",
    permits: 1,
    functions,
    calls: { a: { runs: "calls", callback: (_, given) => given }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b")], [cancel("a")]],
  },
  {
    name: "a callback answers later, and its call has no permit meanwhile",
    permits: 1,
    functions,
    calls: { a: { runs: "calls", callback: later }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b")], [answer("a")]],
  },
  {
    name: "a call is killed while it waits for its callback",
    permits: 1,
    functions,
    calls: { a: { runs: "calls", callback: later }, b: { runs: "echo" } },
    users: [[submit("a"), submit("b"), cancel("a")], [answer("a")]],
  },
  {
    name: "the pool is destroyed while a callback runs",
    permits: 1,
    functions,
    calls: { a: { runs: "calls", callback: later } },
    users: [[submit("a"), destroy], [answer("a")]],
  },
];
