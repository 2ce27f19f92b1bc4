import { Choices } from "./choices.mjs";

/** Names that mean something elsewhere, to the language, to the library or to compilers, are the likeliest to be mistaken. */
const NAMES =
  "a b c d name Math Map URL of async get item Infinity NaN $0 $1 $imp00 $bas00 self process values m".split(
    " ",
  );

/** What is written in a module: which names there are, and expressions over them. */
export class Author {
  choices;
  isSloppy;
  /** What each name can be used for, as texts. The last one of a name is the innermost. */
  #scope = [];
  #fuel = 40;
  #unused;
  #count = 0;
  /** Why a thread may refuse it. */
  reasons = new Set();

  constructor(tape, isSloppy) {
    this.choices = new Choices(tape);
    this.isSloppy = isSloppy;
    this.#unused = [...NAMES];
  }

  /** A name that nothing in the module has yet. */
  fresh() {
    const { choices } = this;
    if (this.#unused.length === 0) return `v${this.#count++}`;
    return this.#unused.splice(choices.below(this.#unused.length), 1)[0];
  }

  /** A name of the pool, whether something has it or not: for what is declared further in. */
  any() {
    return this.choices.of(...NAMES);
  }

  declare(name, ...uses) {
    this.#scope.push({ name, uses: uses.length === 0 ? [name] : uses });
  }

  /** `write` with more names in scope. */
  within(names, write) {
    const before = this.#scope.length;
    for (const name of names) this.declare(name);
    const text = write();
    this.#scope.length = before;
    return text;
  }

  refusable(reason, text) {
    this.reasons.add(reason);
    return text;
  }

  /** A use of some name, as its declaration says. */
  use() {
    const { choices } = this;
    if (this.#scope.length === 0) return "1";
    const { name } = this.#scope[this.#scope.length - 1 - choices.below(this.#scope.length)];
    // Something further in may have taken the name.
    const innermost = this.#scope.findLast((one) => one.name === name);
    const use = choices.of(...innermost.uses);
    return typeof use === "function" ? use() : use;
  }

  expression() {
    if (--this.#fuel < 0) return "1";
    const { choices } = this;
    const inner = () => this.expression();
    return choices.of(
      () => this.use(),
      () => choices.of("1", "'s'", "null", "undefined", "-0", "[]", "2n", "/x/g.source", "`t`"),
      () => this.use(),
      () => `[${inner()}, ${inner()}]`,
      () => `show(${this.use()})`,
      () => this.#shadowed(),
      () => `{ k: ${inner()}, ...${inner()} }`.replace(/^.*$/s, "($&)"),
      () => `\`<\${show(${inner()})}>\``,
      () => `(${inner()} ?? ${inner()})`,
      () => `(${this.use()})?.k?.[0]`,
      () => `typeof ${this.any()}`,
      () => `[...[${inner()}], ...\`${"xy"}\`].length`,
      () => this.#immediate(),
      () => `Object.keys(Object(${inner()})).length`,
      () => `(${inner()}, ${inner()})`,
      () => `((${inner()}) === (${inner()}))`,
    )();
  }

  #shadowed() {
    const { choices } = this;
    const name = this.any();
    const value = this.expression();
    const body = this.within([name], () => this.expression());
    return choices.of(
      () => `((${name}) => ${body})(${value})`,
      () => `((${name} = ${value}) => ${body})()`,
      () => `(({ k: ${name}, ...rest }) => [${body}, rest])({ k: ${value}, l: 2 })`,
      () => `(([, ${name} = ${value}]) => ${body})([])`,
      () => `(() => { for (const ${name} of [${value}]) return ${body}; })()`,
      () => `(() => { try { throw [1]; } catch ([${name}]) { return ${body}; } })()`,
      () =>
        `(() => { var out; for (var ${name} = 0; ${name} < 1; ${name}++) out = [${body}]; return [out, ${name}]; })()`,
      () => `(function ${name}() { return [typeof ${name}, ${value}]; })()`,
      () => `(() => { { function ${name}() {} } return [typeof ${name}]; })()`,
      () => `(() => { ${name}: for (;;) { for (;;) break ${name}; } return ${value}; })()`,
      () =>
        `(() => { switch (1) { case 0: let ${name}; case 1: ${name} = 1; return ${body}; } })()`,
      () =>
        `(() => { const before = typeof ${name}; var ${name} = 2; return [before, ${body}]; })()`,
      () => `new (class ${name} { k = typeof ${name}; m() { return [this.k, ${value}]; } })().m()`,
    )();
  }

  /** A piece of the language that is made and used on the spot. */
  #immediate() {
    const { choices } = this;
    const value = this.expression();
    return choices.of(
      `[...(function* () { const got = yield ${value}; yield [got]; })()]`,
      `(function () { return [arguments.length, ...arguments]; })(${value}, 2)`,
      `new (class { #p = ${value}; static #q = 3; get p() { return this.#p; } static has(o) { return [#p in o, this.#q]; } m() { return [this.p, this.constructor.has(this)]; } })().m()`,
      `(() => { const o = { get v() { return ${value}; }, set v(x) { this.w = x; } }; o.v = 2; return [o.v, o.w]; })()`,
      `((strings, ...rest) => [strings.raw.join(), rest])\`a\\n\${${value}}b\``,
      `[3, 1, 2].sort((x, y) => x - y).map((x) => [x, ${value}])`,
      `(() => { const fns = []; for (let i = 0; i < 2; i++) fns.push(() => [i, ${value}]); return fns.map((f) => f()); })()`,
      `(() => { try { return ${value}; } finally { void 0; } })()`,
      `(() => { const seen = []; outer: for (const i of [1, 2, 3]) { for (const j of [1, 2]) { if (j === 2) continue outer; seen.push([i, ${value}]); } } return seen; })()`,
      `(() => { let n = 0; do { n += 1; } while (n < 3); return [n, ${value}]; })()`,
      `(() => { const o = {}; o.x ??= ${value}; o.x ||= 1; o.y = o.x; delete o.x; return o; })()`,
      `[...{ *[Symbol.iterator]() { yield ${value}; } }]`,
      `(() => { const target = class A { static s = 1; static { this.t = ${value}; } }; return [target.s, target.t, target.name]; })()`,
      `(() => { const add = (n) => (n === 0 ? [] : [n, ...add(n - 1)]); return add(3); })()`,
      `(() => { class A { m() { return 1; } } class B extends A { m() { return [super.m(), new.target]; } constructor() { super(); this.t = new.target.name; } } return [new B().m(), new B().t]; })()`,
      `(() => { const p = new Proxy({}, { get: (_, key) => key }); return p.anything; })()`,
      `(() => { const s = Symbol("s"); return { [s]: 1, k: ${value} }.k; })()`,
      `(() => { const { length, [0]: first = 2 } = [${value}]; return [length, first]; })()`,
      `(() => { const async = 1, of = 2, get = 3; return [async, of, get, ${value}]; })()`,
    );
  }
}
