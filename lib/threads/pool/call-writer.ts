import type { MessagePort } from "node:worker_threads";
import { type Cells, pack } from "../codec/packed.ts";
import type { CarriedContext } from "./contexts.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Program } from "./program.ts";
import {
  BEGIN,
  BODY,
  type Body,
  CALL,
  CODE,
  type ContextMark,
  COUNT,
  EAGER,
  FUNCTION,
  KIND,
  MAIL,
  NUMBER,
  ON_PORT,
  RESUME,
  SESSION,
  STEP,
  type ToWorker,
} from "./protocol.ts";
import type { Arguments, FunctionWork, StepWork, Work } from "./work.ts";

/**
 * A thread that has so many functions forgets them all: programs that write functions without end should not fill it.
 */
const MOST_FUNCTIONS = 1_000;

const NOTHING_ELSE = { callId: undefined, contexts: undefined } as const;

/** Writes calls into a mailbox that is idle, and sends what does not fit. */
export class CallWriter {
  readonly #mailbox: Mailbox;
  readonly #values: Cells;
  readonly #port: MessagePort;
  /** The functions that the worker has. */
  readonly #known = new Set<number>();
  #number = 0;
  /** Whether something was sent that the worker may not have read. */
  #hasMail = false;

  constructor(mailbox: Mailbox, values: Cells, port: MessagePort) {
    this.#mailbox = mailbox;
    this.#values = values;
    this.#port = port;
  }

  /** @returns the number of the call @throws what cannot be cloned; then nothing has happened */
  write(work: Work, isEager: boolean): number {
    const { cells } = this.#mailbox;
    const number = (this.#number + 1) | 0;
    if (work.kind === "resume") this.#writeStep(work, number);
    else this.#writeFunction(work, number);
    cells[NUMBER] = this.#number = number;
    cells[MAIL] = this.#hasMail ? 1 : 0;
    cells[EAGER] = isEager ? 1 : 0;
    return number;
  }

  /** The worker has replied, so it has read what was sent. */
  arrived(): void {
    this.#hasMail = false;
  }

  /** The worker has not got the function after all. */
  forget({ number }: Program): void {
    this.#known.delete(number);
  }

  #writeStep({ session, step, error }: StepWork, number: number): void {
    const { cells } = this.#mailbox;
    cells[KIND] = RESUME;
    cells[SESSION] = session;
    cells[STEP] = step;
    if (error !== undefined) {
      const body = { args: undefined, isTogether: false, values: error, ...NOTHING_ELSE };
      this.#post([BODY, number, body]);
    }
  }

  #writeFunction(work: FunctionWork, number: number): void {
    const { cells } = this.#mailbox;
    const { program, args, values, transfer, step, callId, contexts } = work;
    cells[KIND] = work.kind === "run" ? CALL : BEGIN;
    cells[FUNCTION] = program.number;
    cells[STEP] = step;
    const count = this.#pack(args);
    cells[COUNT] = count;
    const isInMailbox = count !== ON_PORT && values === undefined;
    if (!isInMailbox || callId !== undefined || contexts !== undefined) {
      const body: Body = {
        args: count === ON_PORT ? bodyOf(args) : undefined,
        isTogether: args.form === "together",
        values,
        callId,
        contexts: contexts?.map(markOf),
      };
      this.#post([BODY, number, body], transfer);
    }
    this.#introduce(program, this.#known.size >= MOST_FUNCTIONS);
    // After it: what is sent before the worker forgets all functions is forgotten, too.
    if (contexts !== undefined) for (const one of contexts) this.#introduce(one.program, false);
  }

  #introduce(program: Program, isFull: boolean): void {
    if (this.#known.has(program.number)) return;
    if (isFull) this.#known.clear();
    this.#known.add(program.number);
    this.#post([CODE, program.number, program.code, isFull]);
  }

  /** Writes arguments into the mailbox if they fit. */
  #pack(args: Arguments): number {
    if (args.form === "light") {
      return pack(args.values, this.#values) < 0 ? ON_PORT : args.values.length;
    }
    if (args.form !== "packed") return ON_PORT;
    this.#values.doubles.set(args.cells);
    return args.count;
  }

  #post(message: ToWorker, transfer?: readonly unknown[]): void {
    if (transfer === undefined) this.#port.postMessage(message);
    else this.#port.postMessage(message, transfer as never);
    this.#hasMail = true;
  }
}

function markOf({ program, values, value }: CarriedContext): ContextMark {
  return { fn: program.number, values, value };
}

function bodyOf(args: Arguments): unknown {
  if (args.form === "packed") return undefined;
  return args.form === "light" ? args.values : args.value;
}
