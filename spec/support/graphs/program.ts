import fc from "fast-check";

export type EdgeKind = "value" | "fresh" | "outcome" | "lazy" | "after";

interface Edge {
  /** A provider that comes before. */
  readonly to: number;
  readonly kind: EdgeKind;
}

/** A provider, and what it does. It depends on providers before it only. */
export interface ProviderProgram {
  readonly kind: "async" | "async-generator" | "inline" | "inline-generator" | "inline-promise";
  readonly edges: readonly Edge[];
  readonly setup: "succeed" | "fail";
  /** Whether it cancels the whole when it starts. */
  readonly aborts: boolean;
  /** What an async one does if it finds its scope cancelled before it is done. */
  readonly cancelled: "ignore" | "rethrow" | "wrap" | "fail";
  /** Whether an async one calls its lazy functions in its setup, one after the other. */
  readonly asks: boolean;
  /** Whether it fails with what a lazy function rejects with. */
  readonly passesOn: boolean;
  /** What a generator does when all went well. */
  readonly commit: "succeed" | "fail";
  /** What a generator does when it is told of a failure. */
  readonly reply: "rethrow" | "swallow" | "translate" | "fail";
}

interface BodyProgram {
  readonly ends: "succeed" | "fail";
  readonly passesOn: boolean;
  /** Whether it throws the reason in the end if it was cancelled. */
  readonly heeds: boolean;
}

/** A graph and what happens to it. Everything else is decided by this alone, so it can be worked out without running it. */
export interface GraphProgram {
  readonly providers: readonly ProviderProgram[];
  /** How each provider is asked for, if it is. */
  readonly targets: readonly (Exclude<EdgeKind, "after"> | "none")[];
  readonly body: BodyProgram;
  readonly concurrency: number;
  readonly teardown: "sequential" | "parallel";
  /** Cancelled in place of so many-th step; −1: before it begins. */
  readonly abortAt: number;
  /** Which of the steps that could be next is next. */
  readonly salt: number;
}

/** The edges of a provider, with the keys of those that pass a value. */
export function edgesOf(
  { edges }: ProviderProgram,
  place: number,
): { readonly to: number; readonly kind: EdgeKind; readonly key: string }[] {
  if (place === 0) return [];
  return edges.map(({ to, kind }, i) => ({
    to: to % place,
    kind,
    key: kind === "after" ? `n${to % place}` : `d${i}`,
  }));
}

/** The order of steps that could be next: the lowest is. */
export function priorityOf(step: string, salt: number): number {
  let hash = salt | 0;
  for (let i = 0; i < step.length; i++) hash = Math.imul(hash ^ step.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

const oneOf = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(usual, ...others));

const provider: fc.Arbitrary<ProviderProgram> = fc.record({
  kind: fc.constantFrom("async", "async-generator", "inline", "inline-generator", "inline-promise"),
  edges: fc.array(
    fc.record({
      to: fc.nat(11),
      kind: fc.constantFrom<EdgeKind>(
        "value",
        "value",
        "fresh",
        "outcome",
        "outcome",
        "lazy",
        "after",
      ),
    }),
    { maxLength: 4 },
  ),
  setup: fc.constantFrom("succeed", "fail"),
  aborts: fc.oneof({ weight: 40, arbitrary: fc.constant(false) }, fc.constant(true)),
  cancelled: fc.constantFrom("ignore", "rethrow", "wrap", "fail"),
  asks: fc.boolean(),
  passesOn: oneOf(false, true),
  commit: oneOf<ProviderProgram["commit"]>("succeed", "succeed", "fail"),
  reply: fc.constantFrom("rethrow", "swallow", "translate", "fail"),
});

export const graphProgram: fc.Arbitrary<GraphProgram> = fc
  .record({
    providers: fc.array(provider, { minLength: 1, maxLength: 12 }),
    kinds: fc.array(
      fc.constantFrom<GraphProgram["targets"][number]>(
        "value",
        "fresh",
        "outcome",
        "lazy",
        "none",
        "none",
      ),
      { minLength: 12, maxLength: 12 },
    ),
    body: fc.record({
      ends: oneOf<BodyProgram["ends"]>("succeed", "fail"),
      passesOn: oneOf(false, true),
      heeds: fc.boolean(),
    }),
    concurrency: fc.constantFrom(1, 2, Infinity, Infinity),
    teardown: fc.constantFrom("sequential", "parallel"),
    abortAt: fc.oneof(
      { weight: 2, arbitrary: fc.constant(Infinity) },
      fc.nat(12),
      fc.constantFrom(-1),
    ),
    salt: fc.nat(),
    safe: fc.boolean(),
    inline: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  })
  .map(({ kinds, safe, inline, ...program }): GraphProgram => {
    const given = inline ? program.providers.map(madeInline) : program.providers;
    const targets = kinds
      .slice(0, given.length)
      .map((kind) => (inline && kind === "lazy" ? "value" : kind));
    const cannotFail = safe ? needed(given, targets) : new Set();
    const providers = given.map((each, i): ProviderProgram => ({
      ...each,
      // Half of the graphs get as far as the body, whatever fails as data.
      setup: cannotFail.has(i) ? "succeed" : each.setup,
      // What fails at once in parallel does so before or after its neighbours: nothing says which.
      commit:
        program.teardown === "parallel" && each.kind === "inline-generator"
          ? "succeed"
          : each.commit,
    }));
    return { ...program, providers, targets };
  });

/** One that is ready as soon as it starts, unless it is a promise. */
function madeInline(provider: ProviderProgram): ProviderProgram {
  return {
    ...provider,
    kind: provider.kind === "inline-promise" ? "inline-promise" : "inline",
    edges: provider.edges.map((edge) => (edge.kind === "lazy" ? { ...edge, kind: "value" } : edge)),
  };
}

/** Whether a provider's setup is over when its function returns. */
export function isAtOnce({ kind }: ProviderProgram): boolean {
  return kind === "inline" || kind === "inline-generator";
}

/** The providers that the resolution cannot do without. */
function needed(
  providers: readonly ProviderProgram[],
  targets: GraphProgram["targets"],
): ReadonlySet<number> {
  const isNeeded = (kind: string): boolean => kind === "value" || kind === "fresh";
  const found = new Set([...targets.keys()].filter((i) => isNeeded(targets[i]!)));
  for (const i of found) {
    for (const { to, kind } of edgesOf(providers[i]!, i)) {
      if (isNeeded(kind) || kind === "after") found.add(to);
    }
  }
  return found;
}
