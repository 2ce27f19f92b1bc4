import {
  edgesOf,
  type GraphProgram,
  isAtOnce,
  priorityOf,
  type ProviderProgram,
} from "./program.ts";
import type { Account } from "./run.ts";

/** A failure, or the cancellation. */
interface Mistake {
  readonly name: string;
  readonly path: string;
  /** Whether it is a cancellation that comes back. */
  readonly isEcho?: true;
}

type State =
  | { readonly is: "waiting" | "queued" | "running" }
  | { readonly is: "ready"; readonly word: string }
  | { readonly is: "failed"; readonly error: Mistake };

/** One run of a provider, or what stands for a `lazy` or an `outcome`. */
interface Node {
  readonly kind: "provider" | "lazy" | "outcome";
  readonly program: ProviderProgram;
  readonly consumer: Node | undefined;
  readonly after: Node[];
  readonly deps: { readonly key: string; readonly node: Node }[];
  /** What a `lazy` or an `outcome` is about. */
  inner: Node | undefined;
  need: "nobody's" | "as data" | "absolute";
  /** Whether it runs; what only a lazy function leads to does once that has asked. */
  awake: boolean;
  state: State;
  path: string;
}

interface Ask {
  readonly target: Node;
  readonly blocks: boolean;
  readonly answer: (state: State) => void;
}

const CANCELLATION: Mistake = { name: "cancellation", path: "-", isEcho: true };

/**
 * Works out from the documented rules what must come of a graph. Nothing here is fast or shared with the library: it looks at
 * all nodes again after each thing that happens.
 */
export function predict(program: GraphProgram): Account {
  return new Model(program).account();
}

class Model {
  readonly #program: GraphProgram;
  /** In plan order. */
  readonly #nodes: Node[] = [];
  readonly #targets: { readonly key: string; readonly node: Node }[] = [];
  readonly #log: string[] = [];
  readonly #steps = new Map<string, () => void>();
  /** What runs before the next step, once nothing is left to start. */
  readonly #soon: (() => void)[] = [];
  #queue: Node[] = [];
  #asks: Ask[] = [];
  #aborted = false;
  #stopped = false;
  #interrupted = false;
  #phase: "setup" | "body" | "end" | "teardown" | "over" = "setup";
  /** In order of occurrence. */
  readonly #failures: Mistake[] = [];
  /** What generators have thrown in place of what they were told, with their places in the plan. */
  #replacements: { readonly error: Mistake; readonly place: number }[] = [];
  #value = "";

  constructor(program: GraphProgram) {
    this.#program = program;
    this.#plan();
  }

  account(): Account {
    const { abortAt } = this.#program;
    if (abortAt === -1) return { log: [], result: "error cancellation (-)" };
    this.#wakeAll(this.#nodes.filter(({ need }) => need !== "nobody's"));
    this.#goOn();
    for (let step = 0; this.#phase !== "over"; step++) {
      this.#log.push("-");
      if (step === abortAt) this.#abort();
      else this.#next();
      this.#goOn();
    }
    return { log: this.#log, result: this.#result() };
  }

  #next(): void {
    const { salt } = this.#program;
    const names = [...this.#steps.keys()];
    const [next] = names.sort((a, b) => priorityOf(a, salt) - priorityOf(b, salt));
    const go = this.#steps.get(next!)!;
    this.#steps.delete(next!);
    go();
  }

  /** Does all that follows by itself. */
  #goOn(): void {
    this.#start();
    for (let then = this.#soon.shift(); then !== undefined; then = this.#soon.shift()) {
      then();
      this.#start();
    }
    if (this.#running > 0) return;
    if (this.#phase === "setup" && this.#stopped) this.#phase = "end";
    if (this.#phase === "setup") this.#enterBody();
    if (this.#phase === "end") this.#tearDown();
  }

  get #running(): number {
    return this.#nodes.filter(({ state }) => state.is === "running").length;
  }

  // The plan: dependencies before dependents, in the order in which they are declared.

  #plan(): void {
    const shared = new Map<number, Node>();
    const visit = (to: number, kind: string, consumer: Node | undefined): Node => {
      const known = kind === "value" || kind === "after" ? shared.get(to) : undefined;
      if (known !== undefined) return known;
      const stands = kind === "lazy" || kind === "outcome" ? kind : "provider";
      const node: Node = {
        kind: stands,
        program: this.#program.providers[to]!,
        consumer,
        after: [],
        deps: [],
        inner: undefined,
        need: "nobody's",
        awake: false,
        state: { is: "waiting" },
        path: "",
      };
      if (stands !== "provider") {
        node.inner = visit(to, "value", node);
      } else {
        if (kind !== "fresh") shared.set(to, node);
        const edges = edgesOf(node.program, to);
        for (const edge of edges) {
          if (edge.kind === "after") node.after.push(visit(edge.to, edge.kind, node));
        }
        for (const { to: below, kind: edge, key } of edges) {
          if (edge !== "after") node.deps.push({ key, node: visit(below, edge, node) });
        }
      }
      this.#nodes.push(node);
      return node;
    };
    this.#program.targets.forEach((kind, i) => {
      if (kind === "none") return;
      this.#targets.push({ key: `t${i}`, node: visit(i, kind, undefined) });
    });
    for (const { node } of this.#targets) this.#need(node, "absolute");
    this.#findPaths();
  }

  #need(node: Node, need: "as data" | "absolute"): void {
    if (node.need === need || node.need === "absolute") return;
    node.need = need;
    for (const each of node.after) this.#need(each, need);
    for (const each of node.deps) this.#need(each.node, need);
    if (node.kind === "outcome") this.#need(node.inner!, "as data");
  }

  /** The shortest ways from the targets, breadth first. */
  #findPaths(): void {
    const found = new Set<Node>();
    const find = (node: Node, path: string): void => {
      if (!found.has(node)) node.path = path;
      found.add(node);
    };
    for (const { key, node } of this.#targets) find(node, key);
    for (const node of found) {
      for (const { key, node: below } of node.deps) find(below, `${node.path}/${key}`);
      for (const below of node.after) {
        find(below, `${node.path}/n${this.#program.providers.indexOf(below.program)}`);
      }
      if (node.inner !== undefined) find(node.inner, node.path);
    }
  }

  // What starts when.

  #waitsFor(node: Node): Node[] {
    const inner = node.kind === "outcome" ? [node.inner!] : [];
    return [...node.after, ...node.deps.map((each) => each.node), ...inner];
  }

  #wakeAll(nodes: readonly Node[]): void {
    for (const node of nodes) node.awake = true;
    for (const node of this.#nodes) if (nodes.includes(node)) this.#queueIfFree(node);
  }

  #queueIfFree(node: Node): void {
    if (!node.awake || node.state.is !== "waiting") return;
    if (!this.#waitsFor(node).every(({ state }) => state.is === "ready")) return;
    node.state = { is: "queued" };
    this.#queue.push(node);
  }

  #start(): void {
    const { concurrency } = this.#program;
    while (!this.#stopped && this.#running - this.#blocked < concurrency) {
      const inPlan = this.#nodes.filter((node) => this.#queue.includes(node));
      const node = concurrency === Infinity ? this.#queue[0] : inPlan[0];
      if (node === undefined) return;
      this.#queue = this.#queue.filter((each) => each !== node);
      if (node.kind === "lazy") this.#ready(node, "lazy");
      else if (node.kind === "outcome") this.#ready(node, `ok(${wordOf(node.inner!)})`);
      else this.#run(node);
    }
  }

  get #blocked(): number {
    return this.#asks.filter(({ blocks }) => blocks).length;
  }

  #run(node: Node): void {
    const { aborts, asks } = node.program;
    node.state = { is: "running" };
    this.#log.push(`start ${node.path} ${this.#wordsFor(node.deps)}`);
    if (aborts) this.#abort();
    if (isAtOnce(node.program)) this.#settle(node);
    else {
      const lazies = asks ? node.deps.filter((each) => each.node.kind === "lazy") : [];
      this.#askInTurn(node, lazies, () => this.#step(node.path, () => this.#settle(node)));
    }
  }

  #settle(node: Node): void {
    const { setup, cancelled } = node.program;
    if (!isAtOnce(node.program) && (this.#stopped || this.#aborted)) {
      if (cancelled === "rethrow") return this.#fail(node, CANCELLATION);
      if (cancelled === "wrap") {
        return this.#fail(node, { name: `wrapped ${node.path}`, path: node.path, isEcho: true });
      }
      if (cancelled === "fail") {
        return this.#fail(node, { name: `cleanup ${node.path}`, path: node.path });
      }
    }
    if (setup === "fail") this.#fail(node, { name: `setup ${node.path}`, path: node.path });
    else {
      this.#log.push(`ready ${node.path}`);
      this.#ready(node, node.path);
    }
  }

  #ready(node: Node, word: string): void {
    node.state = { is: "ready", word };
    for (const each of this.#nodes)
      if (this.#waitsFor(each).includes(node)) this.#queueIfFree(each);
    this.#answer(node);
  }

  #fail(node: Node, error: Mistake): void {
    if (node.need === "absolute" || this.#stopped) {
      node.state = { is: "failed", error };
      this.#answer(node);
      if (node.need === "absolute" && error.isEcho !== true) this.#failWith(error);
      return;
    }
    // It fails whatever needs it, up to those that take it as data.
    const failed = [node];
    node.state = { is: "failed", error };
    for (const each of failed) {
      this.#answer(each);
      for (const above of this.#nodes) {
        if (above.state.is !== "waiting" || !this.#waitsFor(above).includes(each)) continue;
        if (above.kind === "outcome") this.#ready(above, `failed(${error.name})`);
        else {
          above.state = { is: "failed", error };
          failed.push(above);
        }
      }
    }
  }

  #failWith(error: Mistake): void {
    if (!this.#failures.includes(error)) this.#failures.push(error);
    this.#stop();
  }

  /** Nothing starts any more; who has asked for what has not started is refused. */
  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const target of new Set(this.#asks.map((ask) => ask.target))) {
      if (target.state.is !== "waiting" && target.state.is !== "queued") continue;
      this.#answer(target, { is: "failed", error: CANCELLATION });
    }
  }

  #abort(): void {
    this.#aborted = true;
    if (this.#phase === "setup" && !this.#stopped) this.#interrupted = true;
    if (this.#phase === "setup" || this.#phase === "body") this.#stop();
  }

  // Lazy functions.

  #askInTurn(
    asker: Node | undefined,
    lazies: readonly { readonly key: string; readonly node: Node }[],
    then: () => void,
  ): void {
    const [first, ...others] = lazies;
    if (first === undefined) return then();
    const who = asker?.path ?? "body";
    const { passesOn } = asker?.program ?? this.#program.body;
    const goOn = (state: State): void => {
      const answer = state.is === "failed" ? `failed(${state.error.name})` : `ok(${wordIn(state)})`;
      this.#log.push(`${who} asked ${first.key}: ${answer}`);
      this.#step(`${who} ${first.key}`, () => {
        if (state.is !== "failed" || !passesOn) this.#askInTurn(asker, others, then);
        else if (asker !== undefined) this.#fail(asker, state.error);
        else this.#endBody(state.error);
      });
    };
    this.#ask(asker, first.node.inner!, (state) => this.#soon.push(() => goOn(state)));
  }

  #ask(asker: Node | undefined, target: Node, answer: (state: State) => void): void {
    const { state } = target;
    if (state.is === "ready" || state.is === "failed") return answer(state);
    if (this.#stopped && state.is !== "running") {
      return answer({ is: "failed", error: CANCELLATION });
    }
    this.#asks.push({ target, blocks: asker !== undefined, answer });
    const woken = new Set<Node>();
    const wake = (node: Node): void => {
      if (node.need !== "nobody's" || node.awake || woken.has(node)) return;
      woken.add(node);
      for (const below of this.#waitsFor(node)) wake(below);
    };
    wake(target);
    this.#wakeAll([...woken]);
  }

  #answer(target: Node, state: State = target.state): void {
    const asks = this.#asks.filter((ask) => ask.target === target);
    this.#asks = this.#asks.filter((ask) => ask.target !== target);
    for (const { answer } of asks) answer(state);
  }

  // The body.

  #enterBody(): void {
    const { ends, heeds } = this.#program.body;
    this.#phase = "body";
    this.#log.push(`body ${this.#wordsFor(this.#targets)}`);
    const lazies = this.#targets.filter(({ node }) => node.kind === "lazy");
    this.#askInTurn(undefined, lazies, () =>
      this.#step("body", () => {
        if (heeds && this.#aborted) this.#endBody(CANCELLATION);
        else if (ends === "fail") this.#endBody({ name: "body failed", path: "-" });
        else this.#endBody(undefined);
      }),
    );
    this.#goOn();
  }

  #endBody(error: Mistake | undefined): void {
    this.#phase = "end";
    if (error === undefined) this.#value = "of the body";
    else if (error.isEcho === true) this.#interrupted = true;
    else this.#failures.push(error);
    this.#stopped = true;
  }

  // The teardown.

  #tearDown(): void {
    this.#phase = "teardown";
    const held = this.#nodes
      .filter((node) => node.kind === "provider" && node.state.is === "ready")
      .filter(({ program }) => program.kind.endsWith("generator"));
    if (this.#program.teardown === "sequential") this.#inTurn(held.reverse());
    else this.#byEdges(new Set(held));
  }

  /** What is told to whom nobody has thrown anything. */
  #current(): Mistake | undefined {
    const outermost = Math.min(...this.#replacements.map(({ place }) => place));
    const replacement = this.#replacements.findLast(({ place }) => place === outermost);
    return (
      replacement?.error ?? this.#failures[0] ?? (this.#interrupted ? CANCELLATION : undefined)
    );
  }

  #inTurn([first, ...others]: readonly Node[]): void {
    if (first === undefined) this.#phase = "over";
    else this.#finish(first, this.#current(), () => this.#inTurn(others));
  }

  /** Each once all that is above it is gone; it is told what the outermost of those has thrown. */
  #byEdges(held: ReadonlySet<Node>): void {
    const initially = this.#current();
    const begun = new Set<Node>();
    const gone = new Set<Node>();
    const thrown = new Map<Node, Mistake>();
    const above = (node: Node): Node[] =>
      this.#nodes.filter((each) => [...this.#waitsFor(each), each.inner].includes(node));
    const allAbove = (node: Node): Node[] => {
      const all = new Set(above(node));
      for (const each of all) for (const further of above(each)) all.add(further);
      return this.#nodes.filter((each) => all.has(each) && thrown.has(each));
    };
    const goOn = (): void => {
      for (const node of this.#nodes) {
        if (begun.has(node) || !above(node).every((each) => gone.has(each))) continue;
        begun.add(node);
        if (held.has(node)) {
          const [nearest] = allAbove(node);
          const told =
            nearest === undefined ? (initially ?? this.#failures[0]) : thrown.get(nearest);
          this.#finish(node, told, (error) => {
            gone.add(node);
            if (error !== undefined) thrown.set(node, error);
            goOn();
          });
        } else {
          gone.add(node);
          goOn();
        }
      }
      if (gone.size === this.#nodes.length) this.#phase = "over";
    };
    goOn();
  }

  #finish(
    node: Node,
    told: Mistake | undefined,
    then: (thrown: Mistake | undefined) => void,
  ): void {
    const { kind, commit, reply } = node.program;
    this.#log.push(`down ${node.path}: ${told?.name ?? "success"}`);
    const end = (): void => {
      let error: Mistake | undefined;
      if (told === undefined && commit === "fail") {
        error = { name: `commit ${node.path}`, path: node.path };
        this.#failures.push(error);
      }
      const isEcho = told === CANCELLATION && reply === "translate";
      if (told !== undefined && (reply === "translate" || reply === "fail") && !isEcho) {
        error = { name: `reply ${node.path}`, path: node.path };
        this.#replacements.push({ error, place: this.#nodes.indexOf(node) });
      }
      then(error);
    };
    if (kind === "async-generator") this.#step(`${node.path} down`, end);
    else end();
  }

  #result(): string {
    const first = this.#current();
    if (first === undefined) return `value ${this.#value}`;
    const replaced = this.#replacements.map(({ error }) => error).toReversed();
    const all = [...new Set([first, ...replaced, ...this.#failures])];
    const words = all.map(({ name, path }) => `${name} (${path})`);
    if (this.#program.teardown === "parallel") {
      words.splice(1, Infinity, ...words.slice(1).sort());
    }
    return `error ${words.join(", ")}`;
  }

  #step(name: string, go: () => void): void {
    this.#steps.set(name, go);
  }

  #wordsFor(values: readonly { readonly key: string; readonly node: Node }[]): string {
    return values.map(({ key, node }) => `${key}=${wordOf(node)}`).join();
  }
}

function wordOf({ state }: Node): string {
  return wordIn(state);
}

function wordIn(state: State): string {
  return state.is === "ready" ? state.word : state.is;
}
