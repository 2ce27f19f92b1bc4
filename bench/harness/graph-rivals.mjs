/** The graphs of `graphs.mjs` in other libraries, each as its documentation tells. */
import { rival } from "../rivals/rival.mjs";
import { functionsOf, parametersOf, valueOf } from "./graphs.mjs";
import { same } from "./same.mjs";

/** @param except the names of those that cannot resolve it */
export function rivalsOver(graph, { except = [], sizes = {} } = {}) {
  return [awilix(graph), inversify(graph), effect(graph)]
    .filter(({ name }) => !except.includes(name))
    .map((one) => ({ ...one, size: sizes[one.name] }));
}

function checked(graph, resolve) {
  const expected = valueOf(graph);
  return async (size) => {
    for (let i = 0; i < size; i++) same(await resolve(), expected);
  };
}

const names = (graph) => graph.map((_, i) => `v${i}`);

/** Everything is registered once; a scope for each request. An async factory's value is a promise there. */
function awilix(graph) {
  return {
    name: "awilix",
    async make() {
      const { asFunction, createContainer } = await rival("awilix");
      const container = createContainer();
      functionsOf(graph, "async", (name) => `(await ${name})`).forEach((fn, i) =>
        container.register(`v${i}`, asFunction(fn).scoped()),
      );
      const target = names(graph).at(-1);
      return checked(graph, () => container.createScope().resolve(target));
    },
  };
}

/** Everything is bound once, in request scope. */
function inversify(graph) {
  return {
    name: "inversify",
    async make() {
      await rival("reflect-metadata");
      const { Container } = await rival("inversify");
      const container = new Container();
      parametersOf(graph, "async").forEach((fn, i) => {
        const deps = graph[i].map((dep) => `v${dep}`);
        container.bind(`v${i}`).toResolvedValue(fn, deps).inRequestScope();
      });
      const target = names(graph).at(-1);
      return checked(graph, () => container.getAsync(target));
    },
  };
}

/** The same, where nothing is a promise: its synchronous `get`. */
export function inversifyAtOnce(graph) {
  const expected = valueOf(graph);
  let resolve;
  return async (size) => {
    resolve ??= await inversifyGet(graph);
    for (let i = 0; i < size; i++) same(resolve(), expected);
  };
}

async function inversifyGet(graph) {
  await rival("reflect-metadata");
  const { Container } = await rival("inversify");
  const container = new Container();
  parametersOf(graph, "").forEach((fn, i) => {
    const deps = graph[i].map((dep) => `v${dep}`);
    container.bind(`v${i}`).toResolvedValue(fn, deps).inRequestScope();
  });
  const target = names(graph).at(-1);
  return () => container.get(target);
}

/** The layers are made once and built for each request. */
function effect(graph) {
  return {
    name: "effect 4 Layer",
    async make() {
      const { Context, Effect, Layer } = await rival("effect");
      const keys = names(graph).map((name) => Context.Service(name));
      const layers = [];
      graph.forEach((deps, i) => {
        const layer = Layer.effect(
          keys[i],
          Effect.gen(function* () {
            let sum = 1;
            for (const dep of deps) sum += yield* keys[dep];
            return sum;
          }),
        );
        const below = deps.map((dep) => layers[dep]);
        layers.push(deps.length === 0 ? layer : Layer.provide(layer, Layer.mergeAll(...below)));
      });
      const program = Effect.provide(keys.at(-1), layers.at(-1));
      return checked(graph, () => Effect.runPromise(program));
    },
  };
}
