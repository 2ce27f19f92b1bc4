import {
  type MessagePort,
  type TransferListItem,
  receiveMessageOnPort,
  threadId,
} from "node:worker_threads";
import {
  ANSWER,
  type AnswerMessage,
  CALL,
  CANCELLED,
  CHECKED,
  DECLINED,
  type Delivery,
  DOOMED,
  END,
  ENDED,
  type FromWorker,
  HELLO,
  type Job,
  RELEASE,
  SIGNAL,
  STARTED,
  TAKEN,
  type ToWorker,
  WAITING,
  slotOf,
  stateOf,
} from "../protocol.ts";
import { spared } from "./leftovers.ts";
import type { Iteration } from "./iteration.ts";
import { Residents } from "./residents.ts";

/** After so long without one, the event loop of the worker gets a turn: what earlier calls left behind surfaces then. */
const TURN_AFTER_MS = 20;

export interface JobRunner {
  /** Whether a job will let the event loop turn while it runs. */
  takesTurns(job: Job): boolean;
  /** Runs a job and replies on the lane; gives a promise if that takes the event loop. */
  run(lane: WorkerLane, job: Job): Promise<void> | undefined;
  /** Takes what a job that never runs has brought for others. */
  skip(job: Job): void;
}

/** The worker's side of a lane: takes jobs from its port, one at a time, and blocks the thread while there are none. */
export class WorkerLane {
  readonly #port: MessagePort;
  readonly #shared: Int32Array;
  readonly #jobs: JobRunner;
  /** Taken from the port, not yet handled. */
  readonly #inbox: ToWorker[] = [];
  #seen = 0;
  #turned = performance.now();
  /** The last job that had run then. */
  #turnedAt = 0;
  /** The job that runs now. */
  #sequence = 0;
  /** Counts calls; continuing an iteration is no new one. */
  operation = 0;
  /** What is suspended between two batches. */
  iteration: Iteration | undefined;
  /** The result of the running job, for the next one. */
  handed: { readonly value: unknown } | undefined;
  /** What the job before has left for the running one. */
  given: { readonly value: unknown } | undefined;
  readonly residents: Residents = new Residents();

  constructor(port: MessagePort, shared: SharedArrayBuffer, jobs: JobRunner) {
    this.#jobs = jobs;
    this.#port = port;
    this.#shared = new Int32Array(shared);
  }

  async serve(): Promise<void> {
    this.post([HELLO, threadId]);
    for (;;) {
      const message = this.#next();
      if (message === undefined) {
        const woken = Atomics.wait(this.#shared, SIGNAL, this.#seen, TURN_AFTER_MS);
        if (woken === "timed-out") await this.turn();
        continue;
      }
      switch (message[0]) {
        case RELEASE:
          this.#port.close();
          return;
        case END:
          return process.exit(0);
        case ANSWER:
          continue;
      }
      const takesTurns = this.#jobs.takesTurns(message);
      if (this.#isTurnDue(takesTurns)) await this.turn();
      this.given = this.handed;
      this.handed = undefined;
      if (isPiped(message) && this.given === undefined) {
        this.#decline(message[1]);
        this.#jobs.skip(message);
        continue;
      }
      if (!this.#begin(message)) {
        this.#jobs.skip(message);
        continue;
      }
      const running = takesTurns
        ? spared(() => this.#jobs.run(this, message))
        : this.#jobs.run(this, message);
      if (running !== undefined) await running;
      this.#end();
    }
  }

  /** What earlier jobs have left behind surfaces in a turn: before a job that could be hit by it, and once in a while. */
  #isTurnDue(takesTurns: boolean): boolean {
    if (takesTurns && this.#sequence !== this.#turnedAt) return true;
    return performance.now() - this.#turned > TURN_AFTER_MS;
  }

  /** Lets the event loop turn once. */
  async turn(): Promise<void> {
    await new Promise(setImmediate);
    this.#turned = performance.now();
    this.#turnedAt = this.#sequence;
  }

  post(message: FromWorker, transfer?: readonly unknown[]): void {
    // Reading a list, be it empty, costs the port more than all the rest.
    if (transfer === undefined || transfer.length === 0) this.#port.postMessage(message);
    else this.#port.postMessage(message, transfer as TransferListItem[]);
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** Whether the caller of the running job has cancelled it. That it was asked is noted: who asks gets time to stop. */
  isCancelled(): boolean {
    const sequence = this.#sequence;
    if (Atomics.load(this.#shared, CHECKED) !== sequence) {
      Atomics.store(this.#shared, CHECKED, sequence);
    }
    const state = Atomics.load(this.#shared, slotOf(sequence));
    return state === stateOf(sequence, CANCELLED) || state === stateOf(sequence, DOOMED);
  }

  /** Blocks the thread until the main thread has answered the callback that was asked for. */
  awaitAnswer(): AnswerMessage {
    for (;;) {
      this.#receive();
      const index = this.#inbox.findIndex((message) => message[0] === ANSWER);
      if (index >= 0) return this.#inbox.splice(index, 1)[0] as AnswerMessage;
      Atomics.wait(this.#shared, SIGNAL, this.#seen);
    }
  }

  /** Claims a job; false if its caller has withdrawn it. */
  #begin(job: Job): boolean {
    const sequence = job[1];
    const waiting = stateOf(sequence, WAITING);
    const started = stateOf(sequence, STARTED);
    const before = Atomics.compareExchange(this.#shared, slotOf(sequence), waiting, started);
    Atomics.store(this.#shared, TAKEN, sequence);
    this.#sequence = sequence;
    return before === waiting;
  }

  /** Goes on to the next job, unless the thread is to be ended for this one: then it waits for that. */
  #end(): void {
    const sequence = this.#sequence;
    const slot = slotOf(sequence);
    const ended = stateOf(sequence, ENDED);
    for (const state of [STARTED, CANCELLED]) {
      const running = stateOf(sequence, state);
      if (Atomics.compareExchange(this.#shared, slot, running, ended) === running) return;
    }
    for (;;) Atomics.wait(this.#shared, slot, stateOf(sequence, DOOMED));
  }

  /** Leaves a job that lacks what it was to be given. */
  #decline(sequence: number): void {
    Atomics.store(this.#shared, TAKEN, sequence);
    this.#sequence = sequence;
    this.post([DECLINED, sequence, undefined, 0]);
  }

  /** Whether the next job takes the result of this one. They come in one message. */
  get isFollowed(): boolean {
    const next = this.#inbox[0];
    return next !== undefined && isPiped(next);
  }

  #next(): ToWorker | undefined {
    if (this.#inbox.length === 0) this.#receive();
    return this.#inbox.shift();
  }

  #receive(): void {
    // Read before the port: a message that comes after the last look at the port has changed the signal by then.
    this.#seen = Atomics.load(this.#shared, SIGNAL);
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: Delivery } | undefined;
      if (received === undefined) return;
      const delivery = received.message;
      if ("jobs" in delivery) this.#inbox.push(...delivery.jobs);
      else this.#inbox.push(delivery);
    }
  }
}

function isPiped(message: ToWorker): boolean {
  return message[0] === CALL && message[7] !== undefined;
}
