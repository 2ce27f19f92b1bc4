// Which calls wait, and where they take the scope that they wait under.

import { isAmbient, kindOf, skeinName } from "./kinds.js";
import { bare, constantOf, definitionOf, isGlobal, keyOf, originOf, variableOf } from "./names.js";

/**
 * @typedef {import("./names.js").Node} Node
 * @typedef {import("./names.js").SourceCode} SourceCode
 * @typedef {object} Wait
 * @property {string} name - as a message calls it
 * @property {Place} place
 * @property {Node[]} given - the expressions in that place
 * @property {boolean} missing - whether it is sure that there is no scope
 * @property {boolean} findsScope - whether skein/ambient gives it the current scope if it names none
 *
 * @typedef {object} Place
 * @property {"argument" | "first" | "option" | "signal" | "in"} form
 * @property {number} at
 */

/** @type {Record<string, Place>} */
const functions = {
  all: { form: "option", at: 1 },
  allSettled: { form: "option", at: 1 },
  any: { form: "option", at: 1 },
  cancelScope: { form: "option", at: 1 },
  checkpoint: { form: "argument", at: 0 },
  failAfter: { form: "option", at: 2 },
  hedge: { form: "option", at: 1 },
  invoke: { form: "first", at: 0 },
  iterateInThreadpool: { form: "first", at: 0 },
  mapConcurrent: { form: "option", at: 2 },
  moveOnAfter: { form: "option", at: 2 },
  openDependencies: { form: "option", at: 1 },
  openTaskGroup: { form: "option", at: 0 },
  race: { form: "option", at: 1 },
  resolveDependencies: { form: "option", at: 1 },
  retry: { form: "option", at: 1 },
  runInThreadpool: { form: "first", at: 0 },
  runProcess: { form: "option", at: 2 },
  select: { form: "option", at: 1 },
  sleep: { form: "argument", at: 1 },
  streamConcurrent: { form: "option", at: 2 },
  taskGroup: { form: "option", at: 1 },
};

/** @type {Place} */
const first = { form: "argument", at: 0 };
/** @type {Place} */
const second = { form: "argument", at: 1 };
/** @type {Place} */
const thirdOption = { form: "option", at: 2 };

/** @type {Record<string, Record<string, Place>>} */
const methods = {
  CapacityLimiter: { acquire: first, with: second },
  Condition: { wait: first, with: second },
  Event: { wait: first },
  Executor: { iterate: thirdOption, run: thirdOption },
  Limiter: { acquire: first },
  HoldingExecutor: { hold: thirdOption, iterate: thirdOption, run: thirdOption },
  Lock: { acquire: first, with: second },
  Occurring: { wait: first },
  Plan: { run: { form: "option", at: 0 } },
  RateLimiter: { acquire: first, with: second },
  ReceiveChannel: { receive: first, values: first },
  Semaphore: { acquire: first, with: second },
  SendChannel: { send: second },
  Threadpool: { hold: thirdOption, iterate: thirdOption, run: thirdOption },
};

/**
 * Functions of Node that wait for something that may never come.
 *
 * @type {Record<string, Record<string, Place>>}
 */
const ofNode = {
  "node:events": { once: { form: "signal", at: 2 } },
  "node:timers/promises": { setTimeout: { form: "signal", at: 2 } },
};

/** @type {(call: Node, sourceCode: SourceCode) => Wait | undefined} */
export function waitOf(call, sourceCode) {
  return (
    functionOfSkein(call, sourceCode) ??
    methodOfSkein(call, sourceCode) ??
    foreign(call, sourceCode)
  );
}

/** @type {(call: Node, sourceCode: SourceCode) => Wait | undefined} */
function functionOfSkein(call, sourceCode) {
  const name = skeinName(call.callee, sourceCode);
  if (name === undefined || !Object.hasOwn(functions, name)) return undefined;
  const place = functions[name];
  if (!place) return undefined;
  const ambient = isAmbient(call.callee, sourceCode);
  const followsCurrent = ["invoke", "select"].includes(name);
  return waitAt(call, name, place, ambient || followsCurrent, sourceCode);
}

/** @type {(call: Node, sourceCode: SourceCode) => Wait | undefined} */
function methodOfSkein(call, sourceCode) {
  const callee = bare(call.callee);
  if (kindOf(callee, sourceCode) === "ThreadedFunction") {
    const place = /** @type {Place} */ ({ form: "in", at: 0 });
    const { name } = callee;
    return { name, place, given: [], missing: true, findsScope: true };
  }
  if (callee.type !== "MemberExpression") return undefined;
  const kind = kindOf(callee.object, sourceCode);
  const method = keyOf(callee);
  if (kind === undefined || method === undefined || !Object.hasOwn(methods, kind)) return undefined;
  const place = methods[kind]?.[method];
  return place && waitAt(call, `${kind}.${method}`, place, true, sourceCode);
}

/** @type {(call: Node, sourceCode: SourceCode) => Wait | undefined} */
function foreign(call, sourceCode) {
  if (isGlobal(bare(call.callee), "fetch", sourceCode)) {
    const place = /** @type {Place} */ ({ form: "signal", at: 1 });
    const wait = waitAt(call, "fetch", place, false, sourceCode);
    return { ...wait, missing: wait.missing && isAddress(call.arguments[0], sourceCode) };
  }
  const origin = originOf(call.callee, sourceCode);
  if (!origin) return undefined;
  const from = origin.from.startsWith("node:") ? origin.from : `node:${origin.from}`;
  const place = Object.hasOwn(ofNode, from) ? ofNode[from]?.[origin.name] : undefined;
  // Who waits for a signal to abort must not be interrupted by just that.
  if (call.arguments[1]?.value === "abort") return undefined;
  return place && waitAt(call, origin.name, place, false, sourceCode);
}

/** @type {(call: Node, name: string, place: Place, findsScope: boolean, sourceCode: SourceCode) => Wait} */
function waitAt(call, name, place, findsScope, sourceCode) {
  /** @type {Node[]} */
  const args = call.arguments;
  // What is spread may have it.
  const countable = !args.slice(0, place.at + 1).some((one) => one.type === "SpreadElement");
  const argument = countable ? args[place.at] : undefined;
  const given = argument ? givenBy(argument, place) : [];
  const missing = countable && isMissing(args, place, sourceCode);
  return { name, place, given, missing, findsScope };
}

/**
 * The expressions that say under what to wait.
 *
 * @type {(argument: Node, place: Place) => Node[]}
 */
function givenBy(argument, place) {
  const inner = bare(argument);
  if (inner.type !== "ObjectExpression") return place.form === "option" ? [] : [argument];
  return scopeProperties(inner).map(({ value }) => value);
}

/** @type {(object: Node) => Node[]} */
export function scopeProperties(object) {
  return object.properties.filter(
    (/** @type {Node} */ one) =>
      one.type === "Property" && ["scope", "signal"].includes(keyOf(one) ?? ""),
  );
}

/** @type {(args: Node[], place: Place, sourceCode: SourceCode) => boolean} */
function isMissing(args, { form, at }, sourceCode) {
  const argument = bare(args[at]);
  if (form === "first") return argument !== undefined && isFunctionForSure(argument, sourceCode);
  // Without what comes before it, the call is wrong in another way.
  if (!argument) return args.length === at || (form === "signal" && args.length > 0);
  if (form === "argument" || argument.type !== "ObjectExpression") return false;
  const mayHaveIt = argument.properties.some(
    (/** @type {Node} */ one) => one.type === "SpreadElement" || one.computed,
  );
  return !mayHaveIt && scopeProperties(argument).length === 0;
}

/** @type {(node: Node, sourceCode: SourceCode) => boolean} */
function isFunctionForSure(node, sourceCode) {
  if (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression") return true;
  if (node.type === "MemberExpression") return originOf(node, sourceCode) !== undefined;
  if (node.type !== "Identifier") return false;
  const definition = definitionOf(variableOf(node, sourceCode));
  if (!definition) return false;
  if (definition.type === "FunctionName" || definition.type === "ImportBinding") return true;
  const value = bare(constantOf(definition));
  return value !== undefined && value !== null && isFunctionForSure(value, sourceCode);
}

/**
 * Whether this is no `Request`, which may have a signal of its own.
 *
 * @type {(node: Node, sourceCode: SourceCode) => boolean}
 */
function isAddress(node, sourceCode) {
  const inner = bare(node);
  switch (inner?.type) {
    case "Literal":
    case "TemplateLiteral":
    case "BinaryExpression":
      return true;
    case "NewExpression":
      return isGlobal(inner.callee, "URL", sourceCode);
    case "Identifier": {
      const definition = definitionOf(variableOf(inner, sourceCode));
      const type = definition?.name.typeAnnotation?.typeAnnotation;
      if (type?.type === "TSStringKeyword") return true;
      if (type?.type === "TSTypeReference") return type.typeName.name === "URL";
      const value = constantOf(definition);
      return value !== undefined && value !== null && isAddress(value, sourceCode);
    }
    default:
      return false;
  }
}

/**
 * Whether the promise of this call is waited for where it is made: awaited, or given back.
 *
 * @type {(call: Node) => boolean}
 */
export function isWaitedFor(call) {
  const { parent } = call;
  if (parent.type === "AwaitExpression" || parent.type === "ReturnStatement") return true;
  return parent.type === "ArrowFunctionExpression" && parent.body === call;
}
