import { AsyncResource } from "node:async_hooks";
import type { UncheckedFunction } from "../../../lib/threads/any-function.ts";
import type { ItemSink } from "../../../lib/threads/thread-iterator.ts";
import type { Engine } from "../../../lib/threads/pool/engine.ts";
import type { Program } from "../../../lib/threads/pool/program.ts";
import { FAIL, HOLD, type StepReply } from "../../../lib/threads/pool/protocol.ts";
import type { Arguments, FunctionWork, PreparedOptions } from "../../../lib/threads/pool/work.ts";
import { fingerprint } from "./fingerprint.ts";
import type { MainCode } from "./main-code.ts";
import { DESTROYED, nameOf, type CallRecord, reasonOf, recordOf } from "./records.ts";
import type { Actions, Scenario } from "./scenario.ts";
import { judge } from "./outcomes.ts";
import type { Observer, Thread, Waiting } from "./thread.ts";
import { checkNow, callOf } from "./invariants.ts";
import type { Event, World } from "./world.ts";

/** One run of a scenario. */
export class Play implements Observer, Actions {
  mayCrash: boolean;
  readonly waiting: Waiting;
  isDestroyed = false;
  /** Whether the pool has been told to end, and has. */
  closing: "no" | "begun" | "ended" = "no";
  engine!: Engine;
  readonly records: readonly CallRecord[];
  readonly #scenario: Scenario;
  readonly #main: MainCode;
  readonly #programs = new Map<string, Program>();
  readonly #gates = new Set<string>();
  /** How many steps each user has made. */
  readonly #made: number[];
  world!: World;

  constructor(scenario: Scenario, main: MainCode) {
    this.#scenario = scenario;
    this.#main = main;
    this.waiting = scenario.waiting ?? "parked";
    this.mayCrash = scenario.mayCrash === true;
    this.#made = scenario.users.map(() => 0);
    this.records = Object.entries(scenario.calls).map(([name, plan]) => recordOf(name, plan));
  }

  /** The engine starts a thread at once. */
  start(): void {
    const { permits, idleMs = Infinity } = this.#scenario;
    const main = this.#main;
    main.reset();
    this.engine = new main.Engine({ limiter: undefined, maxThreads: permits, idleMs }, () =>
      this.world.startHost(main.bytes),
    );
  }

  record(name: string): CallRecord {
    return this.records.find((record) => record.name === name)!;
  }

  /** Everything that the main thread's code has come to. */
  get state(): string {
    const records = this.records.map((record) => [
      record.isSubmitted,
      record.isCancelled,
      record.outcome,
      record.settlements,
      record.begins,
      record.stepping,
      record.callbacks,
      record.progress,
      record.log,
      record.notes,
      record.call?.settled === false ? record.call : undefined,
      record.answer === undefined,
      record.takenBy?.id,
    ]);
    return fingerprint(
      this.engine,
      records,
      [...this.#programs.values()],
      this.#gates,
      this.#made,
      this.mayCrash,
      this.isDestroyed,
      this.closing,
    );
  }

  /** What the users may do next. */
  steps(): Event[] {
    const events: Event[] = [];
    this.#scenario.users.forEach((steps, user) => {
      const step = steps[this.#made[user]!];
      if (step === undefined || step.may?.(this) === false) return;
      const run = (): void => {
        this.#made[user]! += 1;
        step.run(this);
      };
      events.push({ label: step.label, run });
    });
    return events;
  }

  check(): void {
    for (const wrong of checkNow(this.engine, this.world.threads)) this.world.violate(wrong);
  }

  /** Nothing can happen any more. */
  checkEnd(): void {
    for (const record of this.records) {
      for (const wrong of this.#wrongAtTheEnd(record)) this.world.violate(wrong);
    }
    if (this.closing === "begun") this.world.violate("The pool never ends");
  }

  *#wrongAtTheEnd(record: CallRecord): Generator<string> {
    const { name, plan, outcome, begins } = record;
    if (record.isSubmitted && record.settlements === 0) yield `Call ${name} never settles`;
    if (record.stepping > 0) yield `A step of session ${name} never ends`;
    if (isForgotten(record)) yield `The generator of ${name} is never ended`;
    if (outcome !== "resolved") return;
    if (begins !== 1) yield `Call ${name} resolves and ran ${begins} times`;
    if (plan.hasProgress === true && record.progress !== 2) {
      yield `Call ${name} has sent 2 messages, and ${record.progress} have come`;
    }
  }

  submit(name: string): void {
    const record = this.record(name);
    const { plan } = record;
    record.isSubmitted = true;
    record.scope = new this.#main.PlainScope(null, name, false);
    const { work, options } = this.#prepare(record);
    if (plan.session !== undefined) return this.#begin(record, work, options);
    const { engine } = this;
    record.call = engine.run(
      work,
      options,
      undefined,
      (value) => this.#settle(record, { value }),
      (reason) => this.#settle(record, { reason }),
    );
  }

  cancel(name: string): void {
    const record = this.record(name);
    record.isCancelled = true;
    record.scope!.cancel(reasonOf(name));
  }

  open(gate: string): void {
    this.#gates.add(gate);
  }

  close(): void {
    this.closing = "begun";
    void this.engine.close().then(() => (this.closing = "ended"));
  }

  abort(): void {
    this.isDestroyed = true;
    this.engine.abort(DESTROYED);
  }

  isSuspended(name: string): boolean {
    const { session, stepping, settlements } = this.record(name);
    return session !== undefined && settlements === 1 && stepping === 0;
  }

  next(name: string, items: number): void {
    const record = this.record(name);
    this.#step(record, (sink) => record.session!.next(items, sink));
  }

  finish(name: string, step: number): void {
    const record = this.record(name);
    const error = step === FAIL ? new Error("the consumer failed") : undefined;
    this.#step(record, () => record.session!.finish(step, error));
  }

  stop(name: string): void {
    const record = this.record(name);
    this.#step(record, () => record.session!.stop());
  }

  took(thread: Thread): void {
    const call = callOf(this.engine, thread);
    if (call === "end") return;
    if (call === undefined || call.settled) {
      this.world.violate(`Thread ${thread.id} takes a call that was taken back`);
      return;
    }
    this.record(call.options.name).takenBy = thread;
  }

  noted(_: Thread, what: string, name: string): void {
    const record = this.record(name);
    if (what !== "begins") {
      record.notes.push(what);
      if (record.notes.length > 1) this.world.violate(`The generator of ${name} ends twice`);
    } else if (++record.begins > 1) this.world.violate(`Call ${name} runs twice`);
  }

  get allows(): string {
    return `${this.mayCrash}${[...this.#gates].join()}`;
  }

  isOpen(gate: string): boolean {
    return this.#gates.has(gate);
  }

  #prepare(record: CallRecord): { work: FunctionWork; options: PreparedOptions } {
    const { name, plan, scope } = record;
    const callbacks: UncheckedFunction[] = [];
    const links =
      plan.callback === undefined && plan.hasProgress !== true
        ? undefined
        : { callbacks, onProgress: () => this.#hears(record), context };
    const work: FunctionWork = {
      kind: plan.session === undefined ? "run" : "begin",
      fn: () => {},
      program: this.#program(plan.runs ?? name, plan.isQuick === true),
      values: plan.values,
      args: this.#arguments(record, callbacks),
      transfer: undefined,
      callId: undefined,
      step: plan.session === "held" ? HOLD : 1,
    };
    const options: PreparedOptions = {
      scope: scope!,
      ownScope: null,
      limiter: undefined,
      onCancel: plan.onCancel ?? (plan.session === "held" ? "finish-setup" : "kill"),
      graceMs: plan.graceMs,
      links,
      name,
      site: undefined,
    };
    return { work, options };
  }

  #hears(record: CallRecord): void {
    record.progress += 1;
    if (record.settlements > 0) this.world.violate(`Call ${record.name} is heard of after its end`);
  }

  #arguments(record: CallRecord, callbacks: UncheckedFunction[]): Arguments {
    const { name, plan } = record;
    if (plan.callback !== undefined) {
      const called = this.#main.callback((given: unknown) => {
        record.callbacks += 1;
        if (record.settlements > 0) this.world.violate(`A callback of ${name} runs after its end`);
        return plan.callback!(record, given);
      });
      return { form: "encoded", value: this.#main.encode([name, called], callbacks) };
    }
    if (plan.isRefused === true) return { form: "encoded", value: [name, "uncloneable"] };
    if (plan.isBig === true) return { form: "encoded", value: [name, { big: name }] };
    return { form: "light", values: [name] };
  }

  #program(id: string, isQuick: boolean): Program {
    let program = this.#programs.get(id);
    if (program === undefined) {
      program = new this.#main.Program({ id, kind: "exported" } as never);
      Object.assign(program, { number: this.#programs.size });
      if (isQuick) for (let i = 0; i < 8; i++) program.learn(0, false);
      this.#programs.set(id, program);
    }
    return program;
  }

  #begin(record: CallRecord, work: FunctionWork, options: PreparedOptions): void {
    const { plan } = record;
    const session = new this.#main.Session(this.engine, options, plan.session!);
    record.session = session;
    const items: unknown[] = [];
    session
      .begin(work, (item) => items.push(item))
      .then(
        (reply) => {
          record.log.push(textOf(items, reply));
          this.#settle(record, { value: `${record.name}!` });
        },
        (reason) => this.#settle(record, { reason }),
      );
  }

  #step(record: CallRecord, start: (sink: ItemSink) => Promise<StepReply | undefined>): void {
    record.stepping += 1;
    const items: unknown[] = [];
    start((item) => items.push(item))
      .then(
        (reply) => record.log.push(reply === undefined ? "none" : textOf(items, reply)),
        (reason) => record.log.push(`failed: ${nameOf(reason)}`),
      )
      .then(() => (record.stepping -= 1))
      .catch(() => {});
  }

  #settle(
    record: CallRecord,
    settled: { readonly value?: unknown; readonly reason?: unknown },
  ): void {
    record.settlements += 1;
    if (record.settlements > 1) this.world.violate(`Call ${record.name} settles twice`);
    record.outcome = "reason" in settled ? nameOf(settled.reason) : "resolved";
    this.world.tell(`    ${record.name}: ${record.outcome}`);
    const wrong = judge(record, settled, this.isDestroyed, this.world.threads);
    if (wrong !== undefined) this.world.violate(wrong);
  }
}

const context = new AsyncResource("explorer", { requireManualDestroy: true });

/** Whether its generator stays suspended for ever, though its thread was not ended from outside. */
function isForgotten({ plan, begins, notes, takenBy }: CallRecord): boolean {
  if (plan.session === undefined || begins === 0 || notes.length > 0) return false;
  const { ending } = takenBy!;
  return ending === undefined || ending.code === 0;
}

function textOf(items: readonly unknown[], { done, value }: StepReply): string {
  return `${value === undefined ? items.join(" ") : String(value as string)}${done ? "." : ""}`;
}
