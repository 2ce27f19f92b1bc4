import type { PlainScope } from "../../../lib/scope/scope.ts";
import type { UncheckedFunction } from "../../../lib/threads/any-function.ts";
import type { callback } from "../../../lib/threads/callback.ts";
import type { encodeValue } from "../../../lib/threads/codec/values.ts";
import type { Engine } from "../../../lib/threads/pool/engine.ts";
import type { Program } from "../../../lib/threads/pool/program.ts";
import type { Session } from "../../../lib/threads/pool/session.ts";
import { type Side, type View, viewsOf } from "./memory.ts";
import { Modules, type Patch } from "./modules.ts";
import { codecErrors } from "./stand-ins.ts";

/** The main thread's side of a thread: all by which its code meets the worker. */
export interface MainSide extends Side {
  atomic(kind: "load" | "exchange" | "add", cell: number, value: number): number;
  compareExchange(cell: number, expected: number, value: number): number;
  store(cell: number, value: number): void;
  notify(cell: number): void;
}

/** What surrounds the main thread's code. */
export interface Stage {
  setTimeout(run: () => void, ms: number): object;
  clearTimeout(timer: object | undefined): void;
  setImmediate(run: () => void): void;
  now(): number;
}

/** The main thread's code, loaded once for many runs. */
export interface MainCode {
  readonly Engine: typeof Engine;
  readonly Program: typeof Program;
  readonly Session: typeof Session;
  readonly PlainScope: typeof PlainScope;
  /** Arguments in which there may be callbacks, in the form in which they are sent. */
  encode(args: readonly unknown[], callbacks: UncheckedFunction[]): unknown;
  /** Makes the function of the main thread that a worker may call. */
  readonly callback: typeof callback;
  /** How many bytes a mailbox has. */
  readonly bytes: number;
  /** Begins anew: no timer is left. */
  reset(): void;
}

interface Receiver {
  receive(): { readonly message: unknown } | undefined;
}

/** @param stage - the one on which the code plays at this moment */
export function loadMainCode(patches: readonly Patch[], stage: () => Stage): MainCode {
  const modules = new Modules(patches, { modules: fakes(stage), globals: globals(stage) }, false);
  const { Engine } = modules.load("threads/pool/engine.js");
  const { callback, callbackBehind } = modules.load("threads/callback.js") as unknown as {
    callback: MainCode["callback"];
    callbackBehind: (value: unknown) => UncheckedFunction | undefined;
  };
  const values = modules.load("threads/codec/values.js") as { encodeValue: typeof encodeValue };
  const timers = modules.load("scope/timers.js") as { replaceClock: (clock: object) => void };
  const onSpecial = (callbacks: UncheckedFunction[], value: object): object | undefined => {
    const fn = callbackBehind(value);
    return fn === undefined ? undefined : { callback: callbacks.push(fn) - 1 };
  };
  return {
    Engine: Engine as MainCode["Engine"],
    Program: modules.load("threads/pool/program.js")["Program"] as MainCode["Program"],
    Session: modules.load("threads/pool/session.js")["Session"] as MainCode["Session"],
    PlainScope: modules.load("scope/scope.js")["PlainScope"] as MainCode["PlainScope"],
    callback,
    encode: (args, callbacks) =>
      values.encodeValue(args, "args", { onSpecial: (value) => onSpecial(callbacks, value) }),
    bytes: modules.load("threads/pool/protocol.js")["SHARED_BYTES"] as number,
    reset: () => timers.replaceClock({ now: () => 0, setAlarm() {}, restAlarm() {} }),
  };
}

function fakes(stage: () => Stage): Record<string, unknown> {
  const timers = {
    setTimeout: (run: () => void, ms: number) => stage().setTimeout(run, ms),
    clearTimeout: (timer: object | undefined) => stage().clearTimeout(timer),
    setImmediate: (run: () => void) => stage().setImmediate(run),
  };
  return {
    "node:os": { availableParallelism: () => 3 },
    "node:timers": timers,
    "threads/pool/worker-threads.js": {
      workerThreads: () => ({ receiveMessageOnPort: (port: Receiver) => port.receive() }),
    },
    "threads/codec/errors.js": codecErrors,
    "threads/pool/blocked-threads.js": { BlockedThreads: class {} },
    // It keeps the process alive; whether it is to is all that matters.
    "threads/pool/keep-alive.js": { KeepAlive },
    "threads/pool/prepare.js": {
      refusalOf: (_: unknown, failure: unknown) => failure,
      copied: (work: unknown) => work,
    },
    "threads/pool/reports.js": { reportStuck() {}, reportLateError() {} },
  };
}

class KeepAlive {
  reasons = 0;

  get isNeeded(): boolean {
    return this.reasons > 0;
  }

  add(): void {
    this.reasons += 1;
  }

  delete(): void {
    this.reasons -= 1;
  }

  end(): void {}
}

function globals(stage: () => Stage): Record<string, unknown> {
  const side = (view: View): MainSide => view.side as MainSide;
  return {
    Atomics: {
      load: (view: View, at: number) => side(view).atomic("load", view.base + at, 0),
      exchange: (view: View, at: number, value: number) =>
        side(view).atomic("exchange", view.base + at, value),
      add: (view: View, at: number, value: number) =>
        side(view).atomic("add", view.base + at, value),
      store: (view: View, at: number, value: number) => side(view).store(view.base + at, value),
      compareExchange: (view: View, at: number, expected: number, value: number) =>
        side(view).compareExchange(view.base + at, expected, value),
      notify: (view: View, at: number) => side(view).notify(view.base + at),
    },
    Float64Array: viewsOf("double"),
    Int32Array: viewsOf("int"),
    Uint16Array: viewsOf("unit"),
    performance: { now: () => stage().now() },
  };
}
