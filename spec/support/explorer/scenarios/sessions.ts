import {
  cancel,
  close,
  destroy,
  fail,
  leave,
  next,
  type Scenario,
  stop,
  submit,
  succeed,
} from "../scenario.ts";
import { functions } from "./functions.ts";

/** What is suspended in a thread. */
export const sessions: readonly Scenario[] = [
  {
    name: "an iteration goes on, and is left",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "iteration" }, b: { runs: "echo" } },
    users: [[submit("s"), next("s", 1), leave("s")], [submit("b")]],
  },
  {
    name: "an iteration is cancelled between its steps",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "iteration" } },
    users: [[submit("s"), next("s", 1), stop("s")], [cancel("s")]],
  },
  {
    name: "an iteration is cancelled, and nobody else ends it",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "iteration" } },
    users: [[submit("s"), cancel("s")]],
  },
  {
    name: "a held generator is told that all went well, and a call waits",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "held" }, b: { runs: "echo" } },
    users: [[submit("s"), succeed("s")], [submit("b")]],
  },
  {
    name: "a held generator is cancelled, and told of a failure",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "held" } },
    users: [[submit("s"), fail("s")], [cancel("s")]],
  },
  {
    name: "a thread ends that holds a generator",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "held" } },
    users: [[submit("s"), succeed("s")]],
    mayCrash: true,
  },
  {
    name: "the pool is closed, and then destroyed, while a generator is held",
    permits: 1,
    functions,
    calls: { s: { runs: "generates", session: "held" } },
    users: [[submit("s")], [close, { ...destroy, run: (play) => play.abort() }]],
  },
];
