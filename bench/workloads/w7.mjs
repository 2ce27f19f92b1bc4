import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

const DEPTH = 100;

/** Makes chains of scopes, each under the one before, and lets go of them from the innermost outwards. */
const chains = (chain) => async (size) => {
  let made = 0;
  for (let i = 0; i < size; i++) made += await chain();
  same(made, size * DEPTH);
};

/** A chain through the public interface: each scope is the body of the one above. */
const nested =
  (seen) =>
  ({ cancelScope }) => {
    let made = 0;
    const nest = (depth, scope) => {
      made++;
      seen(scope, depth);
      return depth === DEPTH
        ? scope.cancelled
        : cancelScope((inner) => nest(depth + 1, inner), { scope });
    };
    return chains(async () => {
      made = 0;
      const { done } = await cancelScope((scope) => nest(1, scope));
      same(done, true);
      return made;
    });
  };

/** A chain of what a scope consists of, without the promises of its body. */
const bare = (seen) => async (library) => {
  const { PlainScope } = await import(new URL("core.js", library.entry));
  return chains(() => {
    const root = new PlainScope(null, undefined, false);
    const chain = [];
    let parent = root;
    for (let depth = 1; depth <= DEPTH; depth++) {
      parent = new PlainScope(parent, undefined, false);
      seen(parent, depth);
      chain.push(parent);
    }
    same(parent.cancelled, false);
    for (let i = DEPTH - 1; i >= 0; i--) chain[i]._end();
    root._end();
    return chain.length;
  });
};

const never = () => {};
const atTheLeaf = (scope, depth) => {
  if (depth === DEPTH) same(scope.signal.aborted, false);
};
const everywhere = (scope) => same(scope.signal.aborted, false);

export default {
  id: "W7",
  title: "Chains of derived scopes",
  about:
    "1,000 chains of 100 scopes, each under the one before, made and let go of without a cancellation; `signal` is read never, at the innermost, or everywhere.",
  operation: "scope",
  size: 1_000,
  counted: 200,
  operations: (size) => size * DEPTH,
  floor: {
    name: "AbortController and own listener",
    run: chains(() => {
      const root = new AbortController();
      const chain = [];
      let parent = root.signal;
      for (let depth = 1; depth <= DEPTH; depth++) {
        const above = parent;
        const controller = new AbortController();
        const forward = () => controller.abort(above.reason);
        above.addEventListener("abort", forward);
        chain.push({ above, forward });
        parent = controller.signal;
      }
      same(parent.aborted, false);
      for (let i = DEPTH - 1; i >= 0; i--) {
        chain[i].above.removeEventListener("abort", chain[i].forward);
      }
      return chain.length;
    }),
  },
  ours: [
    { name: "a scope object, signal never read", goal: { 20: 0.02, 24: 0.05 }, make: bare(never) },
    { name: "a scope object, read at the leaf", goal: { 20: 0.05 }, make: bare(atTheLeaf) },
    { name: "a scope object, read everywhere", goal: { 20: 0.6 }, make: bare(everywhere) },
    { name: "cancelScope, signal never read", make: nested(never) },
    { name: "cancelScope, read at the leaf", quick: false, make: nested(atTheLeaf) },
    { name: "cancelScope, read everywhere", quick: false, make: nested(everywhere) },
  ],
  rivals: [
    {
      name: "AbortSignal.any",
      size: 50,
      make: () =>
        chains(() => {
          let parent = new AbortController().signal;
          for (let depth = 1; depth <= DEPTH; depth++) {
            parent = AbortSignal.any([parent, new AbortController().signal]);
          }
          same(parent.aborted, false);
          return DEPTH;
        }),
    },
    {
      name: "abort-controller-x spawn",
      size: 20,
      async make() {
        const { spawn } = await rival("abort-controller-x");
        const nest = (signal, depth) =>
          depth === DEPTH ? depth : spawn(signal, async (inner) => nest(inner, depth + 1));
        return chains(() => nest(new AbortController().signal, 0));
      },
    },
    {
      name: "effect 4 Scope.fork",
      async make() {
        const { Effect, Exit, Scope } = await rival("effect");
        return chains(() => {
          const root = Scope.makeUnsafe();
          const chain = [];
          let parent = root;
          for (let depth = 1; depth <= DEPTH; depth++) {
            parent = Scope.forkUnsafe(parent);
            chain.push(parent);
          }
          for (let i = DEPTH - 1; i >= 0; i--) Effect.runSync(Scope.close(chain[i], Exit.void));
          return chain.length;
        });
      },
    },
    {
      name: "effection createScope",
      size: 10,
      async make() {
        const { createScope } = await rival("effection");
        return chains(async () => {
          const chain = [];
          let [parent, destroyRoot] = createScope();
          for (let depth = 1; depth <= DEPTH; depth++) {
            const [inner, destroy] = createScope(parent);
            chain.push(destroy);
            parent = inner;
          }
          for (let i = DEPTH - 1; i >= 0; i--) await chain[i]();
          await destroyRoot();
          return chain.length;
        });
      },
    },
  ],
};
