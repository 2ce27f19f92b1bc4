/** Each writes a declaration at the top of a module, in terms of what stands before it. */
const VALUES = [
  (e) => `[${e}]`,
  (e) => `{ k: ${e}, l: { n: [1] } }`,
  () => `"text"`,
  () => `-0`,
  () => `12345678901234567890n`,
  () => `new Date(5)`,
  () => `/a(b)?/gi`,
  (e) => `new (globalThis.Map)([["k", ${e}]])`,
  (e) => `new Set([1, ${e}])`,
  () => `new Uint16Array([1, 2, 3]).subarray(1)`,
  () => `Buffer.from("bytes")`,
  () => `Symbol.for("shared")`,
  () => `Object.assign(new TypeError("bad", { cause: { k: 1 } }), { code: "E_BAD" })`,
  (e) => `Object.freeze({ k: ${e} })`,
  (e) => `Object.assign(Object.create(null), { k: ${e} })`,
  () => `[1, , 3]`,
  (e) => `(() => { const o = { k: ${e} }; o.self = o; return o; })()`,
  () => `Object("boxed")`,
  () => `JSON.parse('{"__proto__": {"p": 1}, "constructor": 2, "then": 3}')`,
  () => `globalThis.Math.max`,
  () => `new SharedArrayBuffer(4)`,
];

const REFUSED_VALUES = [
  ["symbol", () => `Symbol("own")`],
  ["accessor", (e) => `{ get k() { return 1; }, l: ${e} }`],
  ["instance", () => `new (class Own { k = 1; })()`],
  ["proxy", () => `new Proxy({ k: 1 }, {})`],
  ["url", () => `new (globalThis.URL)("http://a.b/c")`],
  ["hidden", () => `Object.defineProperty({}, "k", { value: 1 })`],
  ["promise", () => `Promise.resolve(1)`],
  ["weak", () => `new WeakMap()`],
];

export function declaration(author) {
  const { choices } = author;
  return choices.of(
    value,
    fn,
    value,
    fn,
    objectOfFunctions,
    cls,
    nested,
    oddFunction,
    refusedValue,
  )(author);
}

function value(author) {
  const { choices } = author;
  const e = author.expression();
  const text = choices.of(...VALUES)(e);
  const name = author.fresh();
  author.declare(name, name, `${name}?.k`, `show(${name})`, `typeof ${name}`, `${name}?.l?.n`);
  return choices.of(
    () => `const ${name} = ${text};`,
    () => `let ${name} = 1; ${name} = ${text};`,
    () => `var ${name} = ${text};`,
    () => `const { k: ${name} = ${text} } = {};`,
    () => `const [, ${name}] = [0, ${text}];`,
    () => `let ${name}; { const inner = ${text}; ${name} = inner; }`,
  )();
}

function refusedValue(author) {
  const { choices } = author;
  const [reason, write] = choices.of(...REFUSED_VALUES);
  const e = author.expression();
  const name = author.fresh();
  author.declare(name, `typeof ${name}`, `show(${name})`, `${name}.k`, `${name}.l`);
  return author.refusable(reason, `const ${name} = ${write(e)};`);
}

function params(author) {
  const { choices } = author;
  const e = author.expression();
  return choices.of(
    ["p", "p"],
    ["p, q = p", "[p, q]"],
    [`p, q = ${e}`, "[p, q]"],
    ["...p", "p"],
    ["{ k = 1, ...p } = {}, q = k", "[k, p, q]"],
    ["[p, ...q] = []", "[p, q]"],
    ["", "1"],
    ["p, { [`k`]: q = p } = {}", "[p, q]"],
  );
}

function fn(author) {
  const { choices } = author;
  const [list, used] = params(author);
  const names = ["p", "q"].filter((one) => new RegExp(`\\b${one}\\b`).test(list));
  const body = author.within(names, () => author.expression());
  const name = author.fresh();
  const result = `[${used}, ${body}]`;
  const call = () => `${name}(${author.expression()})`;
  author.declare(
    name,
    call,
    call,
    `${name}.name`,
    `${name}.length`,
    `show(${name})`,
    () => `[1, 2].map(${name})`,
  );
  return choices.of(
    () => `const ${name} = (${list}) => ${result};`,
    () => `function ${name}(${list}) { return ${result}; }`,
    () => `const ${name} = function inner(${list}) { return [typeof inner, ${result}]; };`,
    () => `const ${name} = function (${list}) { return ${result}; };`,
    () => `let ${name} = (${list}) => { return ${result}; };`,
    () => `const ${name} = ((outer) => (${list}) => [outer, ${result}])(${author.expression()});`,
    () => `const ${name} = { method(${list}) { return ${result}; } }.method;`,
    () => `const ${name} = { [\`com\${"puted"}\`]: (${list}) => ${result} }.computed;`,
    () => `let ${name}; { let inner = 5; ${name} = (${list}) => [inner, ${result}]; }`,
    () => `function ${name}(n) { return n > 0 ? [n, ${name}(n - 1)] : ${author.expression()}; }`,
    () =>
      `const ${name} = (n) => (n > 0 ? other_${name.replace("$", "")}(n - 1) : "even"); function other_${name.replace("$", "")}(n) { return n > 0 ? ${name}(n - 1) : "odd"; }`,
    () => `const ${name} = (${list}) => [...(function* () { yield ${result}; })()];`,
  )();
}

function objectOfFunctions(author) {
  const { choices } = author;
  const e = author.expression();
  const f = author.expression();
  const name = author.fresh();
  author.declare(
    name,
    `${name}.one(1)`,
    `${name}.two()`,
    `${name}["one"](2)`,
    `show(${name})`,
    `${name}.v`,
    `[${name}].length`,
    `(${name}.v = 5, ${name}.one(3))`,
  );
  return choices.of(
    () => `const ${name} = { v: ${e}, one: (p) => [p, ${f}], two() { return ${f}; } };`,
    () =>
      `const ${name} = { v: ${e}, one(p) { return [p, this.v]; }, two() { return this.one(${f}); } };`,
    () => `const ${name} = { v: 1, one: (p) => [p, ${name}.v, ${f}], two: () => ${name}.one(2) };`,
    () =>
      `const ${name} = Object.assign((p) => [p, ${f}], { v: ${e}, one: (p) => [p], two: () => ${name}.v });`,
    () =>
      `const ${name} = { v: ${e}, one: Math_max, two: Math_max }; function Math_max(...all) { return all.length; }`,
    () =>
      `const ${name} = { v: [1], one: ((n) => (p) => [n, p])(${e}), async: 1, two: function () { return typeof this; } };`,
  )();
}

function cls(author) {
  const { choices } = author;
  const e = author.expression();
  const name = author.fresh();
  author.declare(
    name,
    `new ${name}(1).m()`,
    `${name}.make(2).m()`,
    `${name}.name`,
    `[...new ${name}(3)]`,
    `(new ${name}(1) instanceof ${name})`,
    `typeof ${name}`,
    `show(${name}.s)`,
    `${name}.length`,
  );
  const body = (first, extra = "") =>
    `${first} static s = ${e}; static make(n) { return new ${name}(n); } ${extra} m() { return [this.get, ${name}.s]; } get get() { return this.held; } *[Symbol.iterator]() { yield this.held; }`;
  return choices.of(
    () => `class ${name} { ${body("constructor(n) { this.held = n; }")} }`,
    () =>
      `class ${name} { #p; ${body("constructor(n) { this.#p = n; this.held = [n]; }", "own() { return #p in this && this.#p; }")} }`,
    () =>
      `const ${name} = class { ${body("held = [1]; arrow = () => this.held;")} };`.replaceAll(
        `${name}.s`,
        "1",
      ),
    () =>
      `class Base_${name.replace("$", "")} { constructor(n) { this.held = ["base", n]; } m() { return 0; } } class ${name} extends Base_${name.replace("$", "")} { ${body("x = super.m();")} }`,
    () =>
      `class ${name} extends Array { constructor(n) { super(); this.held = n; } static get [Symbol.species]() { return Array; } static s = 1; static make(n) { return new ${name}(n); } m() { return [this.held, this.length]; } }`,
    () =>
      `class ${name} { ${body("constructor(n) { this.held = n; }", `static { this.t = ${e}; }`)} }`,
    () =>
      author.refusable(
        "private static",
        `class ${name} { static #n = ${e}; ${body("constructor(n) { this.held = [n, ${name}.#n]; }".replace("${name}", name))} }`,
      ),
    () =>
      author.refusable(
        "changed class",
        `class ${name} { ${body("constructor(n) { this.held = n; }")} } ${name}.prototype.m = function () { return "changed"; };`,
      ),
    () =>
      `class ${name} { ${body("constructor(n) { this.held = n; }")} } ${name}.s = "changed"; ${name}.more = [1];`,
    () =>
      author.refusable(
        "prototype",
        `function ${name}(n) { this.held = n; } ${name}.prototype.m = function () { return [this.held]; }; ${name}.make = (n) => new ${name}(n); ${name}.prototype[Symbol.iterator] = function* () { yield this.held; };`,
      ),
    () =>
      author.refusable(
        "computed",
        `class ${name} { ${body("constructor(n) { this.held = n; }", "[`computed`]() { return 1; }")} }`,
      ),
    () =>
      `class ${name} extends Error { held; constructor(n) { super("message " + n); this.name = "Own"; this.held = n; } static s = 1; static make(n) { return new ${name}(n); } m() { return [this.name, this.message, this instanceof Error]; } *[Symbol.iterator]() { yield String(this); } }`,
  )();
}

/** What is built up from inside: loops, compiled enums and namespaces, scopes between the module and the function. */
function nested(author) {
  const { choices } = author;
  const e = author.expression();
  const name = author.fresh();
  const each = [`${name}.map((f) => f())`, `${name}[1]()`, `show(${name})`, `${name}.length`];
  const [uses, text] = choices.of(
    [each, `const ${name} = []; for (let i = 0; i < 3; i++) ${name}.push(() => [i, ${e}]);`],
    [
      each,
      `const ${name} = [1, 2].map((n) => { const twice = n * 2; return () => [n, twice, ${e}]; });`,
    ],
    [
      each,
      `var ${name} = []; for (var i_${name.replace("$", "")} of [1, 2]) { let here = i_${name.replace("$", "")}; ${name}.push(() => [here]); }`,
    ],
    [
      [`${name}.A`, `${name}[0]`, `show(${name})`],
      `var ${name}; (function (${name}) { ${name}[${name}["A"] = 0] = "A"; ${name}[${name}["B"] = 4] = "B"; })(${name} || (${name} = {}));`,
    ],
    [
      [`${name}.inside(1)`, `${name}.value`],
      `var ${name}; (function (${name}_1) { ${name}_1.value = [1]; function inside(n) { return [n, ${name}_1.value]; } ${name}_1.inside = inside; })(${name} || (${name} = {}));`,
    ],
    [
      [`${name}()`, `${name}(2)`],
      `const ${name} = (() => { const secret = ${e}; const deeper = { secret }; return (n = deeper) => [n, secret, deeper.secret]; })();`,
    ],
    [
      [`${name}\`a\${1}b\``, `${name}\`\\u0041\``],
      `const ${name} = (strings, ...rest) => [strings.raw, [...strings], rest, ${e}];`,
    ],
    [
      [`${name}(1)`],
      `let ${name}; try { throw [1, 2]; } catch ([first, ...others]) { ${name} = (n) => [n, first, others]; }`,
    ],
    [
      [`${name}(1)`],
      `let ${name}; switch (1) { case 1: { const c_1 = ${e}; ${name} = (n) => [n, c_1]; } }`,
    ],
    [
      [`${name}(1)`, `${name}(1)`],
      `const ${name} = (() => { const cache = new (globalThis.Map)(); return (n) => { const known = cache.has(n); cache.set(n, 1); return [known, cache.size]; }; })();`,
    ],
    [[`[...${name}(2)]`], `function* ${name}(n) { yield n; yield* [${e}]; return 1; }`],
    [
      [`${name}.next().value`],
      `const ${name} = { n: 0, next() { this.n += 1; return { value: [this.n, ${e}] }; } };`,
    ],
    [
      [`${name}.call({ k: 1 }, 2)`, `${name}.apply(null, [3])`],
      `function ${name}(n) { return [n, typeof this === "object" && this !== null ? this.k : 0]; }`,
    ],
  );
  author.declare(name, ...uses);
  return text;
}

function oddFunction(author) {
  const { choices } = author;
  const e = author.expression();
  const name = author.fresh();
  author.declare(
    name,
    `${name}(1)`,
    `${name}(2)`,
    `typeof ${name}`,
    `${name}.name`,
    `show(${name}.extra)`,
  );
  return choices.of(
    () =>
      author.refusable(
        "bound",
        `const ${name} = function (n) { return [n, this.k]; }.bind({ k: ${e} });`,
      ),
    () => author.refusable("proxy", `const ${name} = new Proxy((n) => [n], {});`),
    () => `const ${name} = (n) => [n, ${e}]; ${name}.extra = { k: ${e} };`,
    () =>
      author.refusable(
        "assigned",
        `let count_${name.replace("$", "")} = 0; const ${name} = (n) => [n, ++count_${name.replace("$", "")}];`,
      ),
    () =>
      author.refusable(
        "hidden state",
        `const ${name} = Object.defineProperty((n) => [n], "extra", { get: () => 1 });`,
      ),
    () => `const ${name} = new Function("n", "return [n, typeof n]");`,
    () => `const ${name} = (0, eval)("(function (n) { return [n, 1]; })");`,
    () => author.refusable("eval", `const ${name} = (n) => eval("n");`),
    () =>
      author.refusable(
        "arguments",
        `const ${name} = (function () { return (n) => [n, arguments.length]; })(1, 2);`,
      ),
    () =>
      author.refusable(
        "this",
        `const ${name} = (function () { return (n) => [n, this.k]; }).call({ k: ${e} });`,
      ),
    () =>
      author.refusable(
        "private",
        `const ${name} = (() => { class A { #x = 1; static f = (n) => [n, #x in new A()]; } return A.f; })();`,
      ),
    () =>
      author.refusable(
        "super",
        `const ${name} = ({ __proto__: { m: () => 1 }, m(n) { return [n, super.m()]; } }).m;`,
      ),
    () => `const ${name} = [(n) => [n, ${e}]][0];`,
    () => `const ${name} = Object.freeze((n) => [n]);`,
    () =>
      author.refusable(
        "renamed",
        `const ${name} = Object.defineProperty((n) => [n], "name", { value: "odd name" });`,
      ),
    () =>
      `const ${name} = Object.getOwnPropertyDescriptor({ get x() { return (n) => [n, ${e}]; } }, "x").get();`,
    () => `var ${name} = (n) => [n, typeof ${name}, ${e}];`,
  )();
}
