import { encodeThrown } from "../../codec/errors.ts";
import { explainCloneFailure } from "../../codec/refusal.ts";
import { decodeValue, encodeValue } from "../../codec/values.ts";
import { type CurrentCall, enterWorker } from "../../current-call.ts";
import { encodeResult } from "../../worker/encode-result.ts";
import { Sessions, type StepCaller } from "../../worker/sessions.ts";
import type { Body, FromWorker, FunctionMark, Outcome, Port, ToWorker } from "../protocol.ts";
import type { UncheckedFunction } from "../../any-function.ts";
import { type Maker, makerOf } from "./functions.ts";

/** Where the worker's messages go, and how it hears of cancellations. */
export interface Lines {
  readonly port: Port;
  readonly flag: Int32Array | undefined;
}

type Given = Exclude<ToWorker, { kind: "cancel" }>;

const worker = enterWorker();
const sessions = new Sessions();
let identification: string | undefined;

/** What no other worker is called, anywhere. */
function thisWorker(): string {
  return (identification ??= Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join(""));
}

/** One call, or one step of a session, as it runs: what `checkCancelled` and `progress` reach. */
export class RunningCall implements CurrentCall, StepCaller {
  readonly #lines: Lines;
  readonly #given: Given;
  #isTold = false;
  #hasAsked = false;

  constructor(lines: Lines, given: Given) {
    this.#lines = lines;
    this.#given = given;
  }

  async run(): Promise<void> {
    const makers: (Maker | Promise<Maker>)[] = [];
    try {
      if (this.#given.kind !== "resume") makers.push(...this.#given.body.codes.map(makerOf));
    } catch (error) {
      return this.#replyThrown(error, "threw");
    }
    let fns: Maker[];
    try {
      fns = await Promise.all(makers.map((maker) => Promise.resolve(maker)));
    } catch (error) {
      return this.#replyThrown(error, "unloaded");
    }
    worker.current = this;
    try {
      this.#reply(await this.#perform(fns));
    } catch (thrown) {
      this.#replyThrown(thrown, "threw");
    } finally {
      worker.current = undefined;
    }
  }

  /** The page tells by a message that the call is cancelled. */
  told(call: number): void {
    if (call === this.#given.call) this.#isTold = true;
  }

  get callId(): string {
    const given = this.#given;
    const own = given.kind === "resume" ? given.session : given.call;
    const callId = given.kind === "resume" ? undefined : given.body.callId;
    return callId ?? `${thisWorker()}-${own}`;
  }

  get isCancelled(): boolean {
    const { flag } = this.#lines;
    return this.#isTold || (flag !== undefined && Atomics.load(flag, 0) === this.#given.call);
  }

  asksIfCancelled(): boolean {
    if (!this.#hasAsked) this.#post({ kind: "asked", call: this.#given.call });
    this.#hasAsked = true;
    return this.isCancelled;
  }

  progress(value: unknown): void {
    const { call } = this.#given;
    this.#post({ kind: "progress", call, value: encodeValue(value, "progress") });
  }

  item(value: unknown, transfer: readonly unknown[]): void {
    try {
      this.#post({ kind: "item", call: this.#given.call, value }, transfer);
    } catch (error) {
      throw explainCloneFailure(error, value, "result");
    }
  }

  #perform(makers: readonly Maker[]): unknown {
    const given = this.#given;
    if (given.kind === "resume") {
      return sessions.resume(given.session, given.step, given.error, this);
    }
    const { fn, args } = called(makers, given.body);
    return fn(...args);
  }

  #reply(result: unknown): void {
    const { kind, call } = this.#given;
    const step = this.#given.kind === "resume" ? 0 : this.#given.step;
    const transfer: unknown[] = [];
    let value = result;
    if (kind === "begin") value = sessions.begin(call, result, step, this, transfer);
    else if (kind === "run") value = encodeResult(result, transfer);
    try {
      this.#post({ kind: "reply", call, outcome: "returned", value }, transfer);
    } catch (error) {
      if (kind === "begin") sessions.drop(call);
      throw explainCloneFailure(error, value, "result");
    }
  }

  #replyThrown(thrown: unknown, outcome: Outcome): void {
    this.#post({ kind: "reply", call: this.#given.call, outcome, value: encodeThrown(thrown) });
  }

  #post(message: FromWorker, transfer: readonly unknown[] = []): void {
    this.#lines.port.postMessage(message, transfer);
  }
}

/** The function and its arguments. Functions among the captured values are made as they are met. */
function called(
  makers: readonly Maker[],
  { values, args }: Body,
): { readonly fn: UncheckedFunction; readonly args: readonly unknown[] } {
  const onSpecial = (mark: object): unknown => makers[(mark as FunctionMark).code]!({});
  const captured = decodeValue(values, { onSpecial }) as Record<string, unknown> | undefined;
  return { fn: makers[0]!(captured ?? {}), args: decodeValue(args) as readonly unknown[] };
}
