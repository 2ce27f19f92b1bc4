import { NotSupportedError } from "../../errors.ts";
import type { PoolLimits } from "../engine/contract.ts";
import { PoolEngine } from "../pool/pool-engine.ts";
import type { PreparedOptions, StepWork } from "../pool/work.ts";
import { loadedSourceOf, loadSourceOf } from "./analysis.ts";
import { type Thread, WebCall } from "./call.ts";
import { WebDispatcher } from "./dispatcher.ts";
import { copied, prepare } from "./prepare.ts";
import { ProgramUrl } from "./program-url.ts";
import { codeOf, goesAsText, referenceTo, type SourceOf } from "./ship.ts";
import type { WebWork } from "./work.ts";

/** A thread pool of a page: its threads are workers. */
export class WebEngine extends PoolEngine<WebWork> {
  readonly #program: ProgramUrl;
  readonly #dispatcher: WebDispatcher;

  /** @param program - the URL of the module that workers run, if it is the program's own */
  constructor(limits: PoolLimits, program: string | undefined) {
    super(prepare);
    this.#program = new ProgramUrl(program);
    this.#dispatcher = new WebDispatcher(
      limits,
      () => this.#program.href(),
      (call, failure) => this.#unloaded(call, failure),
    );
  }

  get isInCallback(): boolean {
    return false;
  }

  protected get _dispatcher(): WebDispatcher {
    return this.#dispatcher;
  }

  async close(): Promise<void> {
    await this.#dispatcher.drain();
    this.#program.revoke();
  }

  run(
    work: WebWork | StepWork,
    options: PreparedOptions,
    home: Thread | undefined,
    resolve: (value: unknown) => void,
    reject: (reason: unknown) => void,
  ): WebCall {
    const call = new WebCall(work, options, home, this.#dispatcher, resolve, reject);
    this.#dispatcher.add(call);
    if (work.kind === "resume") this.#dispatcher.submit(call);
    else this.#ship(call, work);
    return call;
  }

  cutShort(call: WebCall, reason: unknown): void {
    this.#dispatcher.interrupter.cutShort(call, reason);
  }

  stop(call: WebCall, reason: unknown): void {
    this.#dispatcher.interrupter.stop(call, reason);
  }

  /** Gives a call to the queue, once it is known what its function is made of. */
  #ship(call: WebCall, work: WebWork): void {
    const sourceOf = loadedSourceOf();
    try {
      const shipped = this.#shipped(work, sourceOf);
      if (shipped !== undefined) {
        call.work = shipped;
        this.#dispatcher.submit(call);
        if (call.thread === undefined && !call.settled) call.work = copied(shipped);
        return;
      }
    } catch (error) {
      return call.reject(error);
    }
    const waiting = copied(work);
    loadSourceOf().then(
      () => {
        if (!call.settled) this.#ship(call, waiting);
      },
      (error: unknown) => call.reject(error),
    );
  }

  /** Undefined as long as the texts of its functions cannot be read. */
  #shipped(work: WebWork, sourceOf: SourceOf | undefined): WebWork | undefined {
    const { fn, inside, captures } = work;
    const { isOwn } = this.#program;
    const reference = captures.length > 0 ? undefined : referenceTo(fn, isOwn);
    if (sourceOf === undefined && (reference === undefined || inside.length > 0)) return undefined;
    const main = reference ?? codeOf(fn, captures, sourceOf!);
    const others = inside.map((one) => referenceTo(one, isOwn) ?? codeOf(one, [], sourceOf!));
    return { ...work, codes: [main, ...others] };
  }

  /** A worker could not import the module of a declaration. Its text may do without. */
  #unloaded(call: WebCall, failure: unknown): void {
    const { work } = call;
    if (work.kind === "resume" || work.transfer.length > 0) return call.reject(failure);
    loadSourceOf()
      .then((sourceOf) => {
        if (call.settled) return;
        for (const fn of [work.fn, ...work.inside]) {
          // If it uses more than its text has, the import is what it takes.
          codeOf(fn, fn === work.fn ? work.captures : [], sourceOf);
          goesAsText(fn);
        }
        this.#ship(call, work);
      })
      .catch(() => call.reject(failure));
  }
}

/** @throws NotSupportedError for limits that a browser does not have */
export function refuseLimits(limits: unknown): void {
  if (limits === undefined) return;
  throw new NotSupportedError(
    "`resourceLimits` are for the threads of Node: a browser bounds the memory of its workers by itself",
  );
}
