/**
 * Dependency graphs, and the same graph by hand and by each library. A provider does no work: its value is 1 and the sum
 * of the values that it depends on, so all that is measured is what it costs to resolve. The code of each form is made
 * from text, since what is written out is what a program would have: a thousand functions are a thousand functions.
 */
import { compileFunction } from "node:vm";
import { same } from "./same.mjs";

/** What a graph is made of: for each node the places of what it depends on, which come before it. The last is the target. */
export function chain(size) {
  return Array.from({ length: size }, (_, i) => (i === 0 ? [] : [i - 1]));
}

/** One node that depends on all others. */
export function wide(size) {
  return Array.from({ length: size }, (_, i) => (i < size - 1 ? [] : [...Array(i).keys()]));
}

/** Ten rows of ten, each node below two of the row before it, and one node below the last row. */
export function diamonds() {
  const rows = Array.from({ length: 100 }, (_, i) => {
    const row = Math.floor(i / 10);
    return row === 0 ? [] : [i - 10, (row - 1) * 10 + ((i + 1) % 10)];
  });
  return [...rows, Array.from({ length: 10 }, (_, i) => 90 + i)];
}

/** A request to a web application. */
export function request() {
  const graph = {
    settings: [],
    token: [],
    database: ["settings"],
    cache: ["settings"],
    session: ["database"],
    user: ["session", "token"],
    permissions: ["user", "cache"],
    cart: ["session", "user"],
    prices: ["cache", "cart"],
    page: ["user", "permissions", "cart", "prices"],
  };
  const names = Object.keys(graph);
  return Object.values(graph).map((deps) => deps.map((name) => names.indexOf(name)));
}

/** The value of the target. */
export function valueOf(graph) {
  const values = [];
  for (const deps of graph) values.push(deps.reduce((sum, dep) => sum + values[dep], 1));
  return values.at(-1);
}

const terms = (names) => ["1", ...names].join(" + ");
const call = (dep) => `(memo[${dep}] ??= n${dep}(memo))`;

/** By hand: an async function for each node, which keeps its promise in an array of the request. */
export function byHand(graph) {
  const functions = graph.map((deps, i) => `async function n${i}(memo) {\n${handBody(deps)}\n}`);
  const program = `"use strict";\n${functions.join("\n")}\nreturn n${graph.length - 1};`;
  const target = compileFunction(program)();
  const expected = valueOf(graph);
  return async (size) => {
    for (let i = 0; i < size; i++) same(await target([]), expected);
  };
}

function handBody(deps) {
  if (deps.length === 0) return "return 1;";
  if (deps.length === 1) return `return 1 + (await ${call(deps[0])});`;
  const names = deps.map((dep) => `v${dep}`);
  return `const [${names.join(", ")}] = await Promise.all([${deps.map(call).join(", ")}]);\nreturn ${terms(names)};`;
}

/** For each node a function of one parameter, a record of the values that it depends on. */
export function functionsOf(graph, keyword, read = (name) => name) {
  const sources = graph.map((deps) => {
    const names = deps.map((dep) => `v${dep}`);
    return `${keyword} ({ ${names.join(", ")} }) => ${terms(names.map(read))}`;
  });
  return compileFunction(`return [${sources.join(",\n")}];`)();
}

/** For each node a function with a parameter for each value that it depends on. */
export function parametersOf(graph, keyword) {
  const sources = graph.map((deps) => {
    const names = deps.map((dep) => `v${dep}`);
    return `${keyword} (${names.join(", ")}) => ${terms(names)}`;
  });
  return compileFunction(`return [${sources.join(",\n")}];`)();
}

/** Providers of ours; `make` is `provide` or `inline`. */
export function providersOf(graph, make, keyword = "async") {
  const providers = [];
  functionsOf(graph, keyword).forEach((fn, i) => {
    const deps = Object.fromEntries(graph[i].map((dep) => [`v${dep}`, providers[dep]]));
    providers.push(make(deps, fn));
  });
  return providers;
}

/** The contenders of ours, over one graph. */
export function oursOver(graph, goal) {
  const expected = valueOf(graph);
  return [
    {
      name: "resolveDependencies",
      goal,
      make: ({ provide, resolveDependencies }) => {
        const target = providersOf(graph, provide).at(-1);
        return async (size) => {
          for (let i = 0; i < size; i++) {
            same(await resolveDependencies({ target }, {}, ({ target }) => target), expected);
          }
        };
      },
    },
    {
      name: "a compiled plan",
      quick: false,
      make: ({ provide, compileDependencies }) => {
        const target = providersOf(graph, provide).at(-1);
        const plan = compileDependencies({ target });
        return async (size) => {
          for (let i = 0; i < size; i++) {
            same(await plan.run({}, ({ target }) => target), expected);
          }
        };
      },
    },
    {
      name: "the same, all inline",
      quick: false,
      make: ({ inline, resolveDependencies }) => {
        const target = providersOf(graph, inline, "").at(-1);
        return async (size) => {
          for (let i = 0; i < size; i++) {
            same(await resolveDependencies({ target }, {}, ({ target }) => target), expected);
          }
        };
      },
    },
  ];
}
