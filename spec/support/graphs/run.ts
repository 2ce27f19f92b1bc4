import {
  CancelledError,
  dependencyPath,
  failuresOf,
  fresh,
  inline,
  lazy,
  outcome,
  provide,
  type Provider,
  type ProviderContext,
  resolveDependencies,
} from "../../../lib/index.ts";
import {
  type EdgeKind,
  edgesOf,
  type GraphProgram,
  priorityOf,
  type ProviderProgram,
} from "./program.ts";

/** What has come of a graph, in words. */
export interface Account {
  readonly log: readonly string[];
  readonly result: string;
}

type Values = Readonly<Record<string, unknown>>;
type AnyProvider = Provider<unknown, never>;
type Lazy = () => Promise<unknown>;
type Outcome = { done: true; value: unknown } | { done: false; reason: unknown };

/** Resolves the graph with the library, step by step: the next begins when nothing moves any more. */
export async function run(program: GraphProgram): Promise<Account> {
  return await new GraphRun(program).account();
}

class GraphRun {
  readonly #program: GraphProgram;
  readonly #log: string[] = [];
  readonly #steps = new Map<string, () => void>();
  readonly #controller = new AbortController();
  readonly #reason = new Error("the reason");
  readonly #providers: AnyProvider[] = [];

  constructor(program: GraphProgram) {
    this.#program = program;
    program.providers.forEach((each, i) => this.#providers.push(this.#provider(each, i)));
  }

  async account(): Promise<Account> {
    const { abortAt } = this.#program;
    if (abortAt === -1) this.#controller.abort(this.#reason);
    let result: string | undefined;
    this.#resolve().then(
      (value) => (result = `value ${String(value)}`),
      (error: unknown) => (result = `error ${this.#rejection(error)}`),
    );
    for (let step = 0; ; step++) {
      await new Promise(setImmediate);
      if (result !== undefined) break;
      this.#log.push("-");
      if (step === abortAt) this.#controller.abort(this.#reason);
      else this.#next();
    }
    return { log: this.#log, result: this.#steps.size > 0 ? "steps are left" : result };
  }

  #next(): void {
    const { salt } = this.#program;
    const [next] = [...this.#steps.keys()].sort(
      (a, b) => priorityOf(a, salt) - priorityOf(b, salt),
    );
    if (next === undefined) throw new Error(`It hangs after ${this.#log.join("; ")}`);
    const go = this.#steps.get(next)!;
    this.#steps.delete(next);
    go();
  }

  #step(name: string): Promise<void> {
    if (this.#steps.has(name)) throw new Error(`${name} runs twice`);
    return new Promise((resolve) => this.#steps.set(name, resolve));
  }

  #resolve(): Promise<unknown> {
    const { targets, concurrency, teardown } = this.#program;
    const record: Record<string, AnyProvider> = {};
    targets.forEach((kind, i) => {
      if (kind !== "none") record[`t${i}`] = this.#by(kind, i);
    });
    const { signal } = this.#controller;
    return resolveDependencies(record, { concurrency, teardown, signal }, (values) =>
      this.#body(values),
    );
  }

  async #body(values: Values): Promise<string> {
    const { ends, passesOn, heeds } = this.#program.body;
    this.#log.push(`body ${this.#wordsFor(values)}`);
    await this.#ask("body", values, passesOn);
    await this.#step("body");
    if (heeds && this.#controller.signal.aborted) throw this.#reason;
    if (ends === "fail") throw new Error("body failed");
    return "of the body";
  }

  async #ask(who: string, values: Values, passesOn: boolean): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== "function") continue;
      const given = await (value as Lazy)().then(
        (found): Outcome => ({ done: true, value: found }),
        (reason: unknown): Outcome => ({ done: false, reason }),
      );
      this.#log.push(`${who} asked ${key}: ${this.#wordFor(given)}`);
      await this.#step(`${who} ${key}`);
      if (!given.done && passesOn) throw given.reason;
    }
  }

  #by(kind: EdgeKind, i: number): AnyProvider {
    const provider = this.#providers[i]!;
    switch (kind) {
      case "fresh":
        return fresh(provider);
      case "outcome":
        return outcome(provider);
      case "lazy":
        return lazy(provider);
      default:
        return provider;
    }
  }

  #provider(program: ProviderProgram, i: number): AnyProvider {
    const deps: Record<string, AnyProvider> = {};
    const after: AnyProvider[] = [];
    for (const { to, kind, key } of edgesOf(program, i)) {
      if (kind === "after") after.push(this.#providers[to]!);
      else deps[key] = this.#by(kind, to);
    }
    const options = { after, name: `n${i}` };
    const setUp = async (values: Values, context: ProviderContext): Promise<string> => {
      const path = this.#begin(program, values, context);
      if (program.asks) await this.#ask(path, values, program.passesOn);
      await this.#step(path);
      if (context.cancelled) this.#cancelled(program, path, context.reason);
      return this.#settle(program, path);
    };
    const setUpAtOnce = (values: Values, context: ProviderContext): string =>
      this.#settle(program, this.#begin(program, values, context));
    const word = (told: { error: unknown } | undefined, path: string): void => {
      this.#log.push(`down ${path}: ${told === undefined ? "success" : this.#name(told.error)}`);
    };
    const tearDown = this.#tearDown.bind(this, program);
    const step = this.#step.bind(this);
    switch (program.kind) {
      case "async":
        return provide(deps, async (values, context) => setUp(values, context), options);
      case "inline":
        return inline(deps, (values, context) => setUpAtOnce(values, context), options);
      case "inline-promise":
        return inline(deps, (values, context) => setUp(values, context), options);
      case "async-generator":
        return provide(
          deps,
          async function* (values, context) {
            const path = await setUp(values, context);
            let told: { error: unknown } | undefined;
            try {
              yield path;
            } catch (error) {
              told = { error };
            }
            word(told, path);
            await step(`${path} down`);
            tearDown(path, told);
          },
          options,
        );
      case "inline-generator":
        return inline(
          deps,
          function* (values, context) {
            const path = setUpAtOnce(values, context);
            let told: { error: unknown } | undefined;
            try {
              yield path;
            } catch (error) {
              told = { error };
            }
            word(told, path);
            tearDown(path, told);
          },
          options,
        );
    }
  }

  #begin({ aborts }: ProviderProgram, values: Values, context: ProviderContext): string {
    const path = context.path.join("/");
    this.#log.push(`start ${path} ${this.#wordsFor(values)}`);
    if (aborts) this.#controller.abort(this.#reason);
    return path;
  }

  #cancelled({ cancelled }: ProviderProgram, path: string, reason: unknown): void {
    if (cancelled === "rethrow") throw reason;
    if (cancelled === "wrap") throw new Error(`wrapped ${path}`, { cause: reason });
    if (cancelled === "fail") throw new Error(`cleanup ${path}`);
  }

  #settle({ setup }: ProviderProgram, path: string): string {
    if (setup === "fail") throw new Error(`setup ${path}`);
    this.#log.push(`ready ${path}`);
    return path;
  }

  #tearDown(
    { commit, reply }: ProviderProgram,
    path: string,
    told: { error: unknown } | undefined,
  ): void {
    if (told === undefined) {
      if (commit === "fail") throw new Error(`commit ${path}`);
    } else if (reply === "rethrow") throw told.error;
    else if (reply === "translate") throw new Error(`reply ${path}`, { cause: told.error });
    else if (reply === "fail") throw new Error(`reply ${path}`);
  }

  #wordsFor(values: Values): string {
    return Object.entries(values)
      .map(([key, value]) => `${key}=${this.#wordFor(value)}`)
      .join();
  }

  #wordFor(value: unknown): string {
    if (typeof value === "string") return value;
    if (typeof value === "function") return "lazy";
    const { done, ...rest } = value as Outcome & { value?: unknown; reason?: unknown };
    return done ? `ok(${String(rest.value)})` : `failed(${this.#name(rest.reason)})`;
  }

  #name(error: unknown): string {
    if (error === this.#reason || error instanceof CancelledError) return "cancellation";
    return (error as Error).message;
  }

  #rejection(error: unknown): string {
    const failures = failuresOf(error).map(
      (each) => `${this.#name(each)} (${dependencyPath(each)?.join("/") ?? "-"})`,
    );
    const { teardown } = this.#program;
    if (teardown === "parallel") failures.splice(1, Infinity, ...failures.slice(1).sort());
    return failures.join(", ");
  }
}
