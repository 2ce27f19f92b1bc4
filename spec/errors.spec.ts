import { describe, expect, it } from "vitest";
import { deserializeThrown, serializeThrown } from "../lib/executor.ts";
import * as skein from "../lib/index.ts";
import { decodeThrown, encodeThrown } from "../lib/threads/codec/errors.ts";

type Make = (options: ErrorOptions) => skein.SkeinError;

const end = { command: "c", exitCode: 1, signal: null, stdout: "", stderr: "" };

/** Codes and names are contracts: a line here changes only with a line in the changelog. */
const contracts: [code: string, name: string, make: Make][] = [
  ["ERR_SKEIN_CANCELLED", "AbortError", (o) => new skein.CancelledError("m", "cancel", o)],
  ["ERR_SKEIN_DEADLINE", "TimeoutError", (o) => new skein.DeadlineError("m", o)],
  ["ERR_SKEIN_TASK_CANCELLED", "TaskCancelledError", (o) => new skein.TaskCancelledError("m", o)],
  ["ERR_SKEIN_GROUP_ENDED", "GroupEndedError", (o) => new skein.GroupEndedError("m", o)],
  ["ERR_SKEIN_NOT_SETTLED", "NotSettledError", (o) => new skein.NotSettledError("m", o)],
  ["ERR_SKEIN_DEADLOCK", "DeadlockError", (o) => new skein.DeadlockError("m", o)],
  ["ERR_SKEIN_CLOSED", "ClosedError", (o) => new skein.ClosedError("m", o)],
  ["ERR_SKEIN_BROKEN_CHANNEL", "BrokenChannelError", (o) => new skein.BrokenChannelError("m", o)],
  ["ERR_SKEIN_END_OF_CHANNEL", "EndOfChannelError", (o) => new skein.EndOfChannelError("m", o)],
  ["ERR_SKEIN_SHIP", "ShipError", (o) => new skein.ShipError("m", ["f"], "x", o)],
  [
    "ERR_SKEIN_NOT_TRANSFERABLE",
    "NotTransferableError",
    (o) => new skein.NotTransferableError("m", ["result"], o),
  ],
  ["ERR_SKEIN_WORKER_EXITED", "WorkerExitedError", (o) => new skein.WorkerExitedError("m", 1, o)],
  ["ERR_SKEIN_WORKER_START", "WorkerStartError", (o) => new skein.WorkerStartError("m", o)],
  ["ERR_SKEIN_WORKER_LOST", "WorkerLostError", (o) => new skein.WorkerLostError("m", o)],
  [
    "ERR_SKEIN_THREADPOOL_CLOSED",
    "ThreadpoolClosedError",
    (o) => new skein.ThreadpoolClosedError("m", o),
  ],
  ["ERR_SKEIN_NOT_SUPPORTED", "NotSupportedError", (o) => new skein.NotSupportedError("m", o)],
  ["ERR_SKEIN_CYCLE", "CycleError", (o) => new skein.CycleError("m", ["a", "a"], o)],
  [
    "ERR_SKEIN_MISSING_INPUT",
    "MissingInputError",
    (o) => new skein.MissingInputError("m", ["a"], o),
  ],
  [
    "ERR_SKEIN_CAPTIVE_DEPENDENCY",
    "CaptiveDependencyError",
    (o) => new skein.CaptiveDependencyError("m", ["a", "b"], o),
  ],
  [
    "ERR_SKEIN_LIFETIME_NOT_OPEN",
    "LifetimeNotOpenError",
    (o) => new skein.LifetimeNotOpenError("m", o),
  ],
  [
    "ERR_SKEIN_GENERATOR_CONTRACT",
    "GeneratorContractError",
    (o) => new skein.GeneratorContractError("m", o),
  ],
  ["ERR_SKEIN_PROCESS", "ProcessError", (o) => new skein.ProcessError("m", end, o)],
  [
    "ERR_SKEIN_PROCESS_OUTPUT",
    "ProcessOutputError",
    (o) => new skein.ProcessOutputError("m", end, o),
  ],
  ["ERR_SKEIN_PROCESS_START", "ProcessStartError", (o) => new skein.ProcessStartError("m", o)],
];

describe("SkeinError", () => {
  it.each(contracts)("identifies %s by its code, its name %s and its cause", (code, name, make) => {
    const cause = new Error("why");
    const error = make({ cause });
    expect(error).toBeInstanceOf(skein.SkeinError);
    expect(error).toMatchObject({ code, name, message: "m", cause });
  });

  it.each(contracts)(
    "with the code %s comes whole out of a thread, and from a machine",
    (...row) => {
      const error = row[2]({ cause: new RangeError("why") });
      const received = [
        decodeThrown(structuredClone(encodeThrown(error))),
        deserializeThrown(serializeThrown(error)),
      ];
      for (const copy of received) {
        expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(error));
        expect(copy).toEqual(error);
        expect(Object.entries(copy as object)).toEqual(Object.entries(error));
      }
    },
  );

  it("carries a name as built-in errors do: in the stack, not among the own properties", () => {
    const error = new skein.ShipError("cannot travel", ["f"]);
    expect(error.stack).toMatch(/^ShipError: cannot travel\n/);
    expect(Object.keys(error)).toEqual(["code", "path", "variable"]);
  });

  it("has a contract for every class that is exported", () => {
    const classes = Object.values(skein).filter(
      (value): value is typeof skein.SkeinError =>
        typeof value === "function" && value.prototype instanceof skein.SkeinError,
    );
    expect(new Set(contracts.map(([, , make]) => make({}).constructor))).toEqual(new Set(classes));
  });
});
