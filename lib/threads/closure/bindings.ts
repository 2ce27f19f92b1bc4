import { Cache } from "./cache.ts";
import { textOfModule } from "./module-text.ts";

/** How one module names something of another one. */
export interface Binding {
  readonly specifier: string;
  readonly how: "import" | "require";
  /** The names that lead to it from the module's namespace, or from what `require` gives; none for that itself. */
  readonly names: readonly string[];
  /** Claim: a helper of a compiler has made a namespace of what `require` gave. */
  readonly isWrapped: boolean;
  /** `with { type }` of the import. */
  readonly type: string | undefined;
  /** Claim: it is a variable of the module and of nothing inside it. */
  readonly isStatic: boolean;
}

/** What a module's text says of its imports and exports. */
export interface ModuleBindings {
  /** By local name; more than one where several functions have a variable of that name. */
  readonly imports: ReadonlyMap<string, readonly Binding[]>;
  /** Exports that are another module's, by exported name. */
  readonly reexports: ReadonlyMap<string, Binding>;
  /** Exports of variables of its own: local names by exported ones. */
  readonly exports: ReadonlyMap<string, string>;
  /** Modules all of whose exports it hands on. */
  readonly stars: readonly Binding[];
}

const NAME = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const FROM = String.raw`from\s*(?:"([^"\n]+)"|'([^'\n]+)')(?:\s*(?:with|assert)\s*\{([^{}]*)\})?`;
const MODULE = String.raw`\(\s*(?:"([^"\n]+)"|'([^'\n]+)')\s*\)`;

const IMPORT = new RegExp(
  String.raw`(?<![.\p{ID_Continue}$])import(\s+type(?=\s*[\p{ID_Start}$_{*])(?!\s+from\b))?\s*(?:(${NAME})\s*,?\s*)?(?:\*\s*as\s+(${NAME})|\{([^{}]*)\})?\s*${FROM}`,
  "gu",
);
const EXPORT_FROM = new RegExp(
  String.raw`(?<![.\p{ID_Continue}$])export(\s+type\b)?\s*(?:\*(?:\s*as\s+(${NAME}))?|\{([^{}]*)\})\s*${FROM}`,
  "gu",
);
const EXPORT_LIST = /(?<![.\p{ID_Continue}$])export\s*\{([^{}]*)\}(?!\s*from\b)/gu;
const EXPORT_DECLARATION = new RegExp(
  String.raw`(?<![.\p{ID_Continue}$])export\s+(?:(?:const|let|var|class|async\s+function|function)\s*\*?\s*(${NAME})|default\s+(?:(?:class|async\s+function|function)\s*\*?\s*)?(${NAME})\s*(?=[;\n({]|$))`,
  "gu",
);
const REQUIRE = new RegExp(
  String.raw`(?:(?<![.\p{ID_Continue}$])(?:const|let|var|import)\s+|(?<![.\p{ID_Continue}$])(?:const|let|var)\s*(?=\{)|,\s*)(${NAME}|\{[^{}]*\})\s*=\s*((?:(?:${NAME}\s*\.\s*)*(?!await\b|import\b|require\b)${NAME}\s*\(\s*)*)(\()?\s*(await\s+import|require)\s*${MODULE}((?:\s*\)|\s*,\s*[01])*)((?:\s*\.\s*${NAME})*)(?!\s*[.([|&?+\p{ID_Continue}$])`,
  "gu",
);
const EXPORT_REQUIRE = new RegExp(
  String.raw`(?<![.\p{ID_Continue}$])(?:module\.exports|exports\.(${NAME})|module\.exports\.(${NAME}))\s*=\s*require\s*${MODULE}((?:\s*\.\s*${NAME})*)(?!\s*[.([|&?+\p{ID_Continue}$])`,
  "gu",
);
const STAR_REQUIRE = new RegExp(
  String.raw`(?:__exportStar|__reExport)\(\s*(?:[\w.]+\s*,\s*)?require\s*${MODULE}`,
  "gu",
);
const WRAPPER = /interop|importDefault|importStar|toESM|esm/i;
const PAIR = new RegExp(
  String.raw`^(type\s+)?("[^"]+"|${NAME})(?:(?:\s+as\s+|\s*:\s*)(${NAME}|"[^"]+"))?$`,
  "u",
);

const known = new Cache<string, ModuleBindings>(1_000);

/**
 * What the module at `address` imports and exports, by a look at its text: TypeScript, bundles and CommonJS alike. A
 * text that looks like an import and is none does no harm, because what a worker imports is compared with what it has
 * to be.
 */
export function bindingsOf(address: string): ModuleBindings {
  return known.get(address, () => readBindings(textOfModule(address)));
}

export function readBindings(text: string): ModuleBindings {
  const code = withoutComments(text);
  const imports = new Map<string, Binding[]>();
  const add = (local: string, binding: Binding): void => {
    const others = imports.get(local);
    if (others === undefined) imports.set(local, [binding]);
    else others.push(binding);
  };
  for (const [, isType, whole, namespace, list, one, other, attributes] of code.matchAll(IMPORT)) {
    if (isType !== undefined) continue;
    const specifier = one ?? other ?? "";
    const type = typeIn(attributes);
    const to = (names: readonly string[]): Binding => imported(specifier, names, type);
    if (whole !== undefined) add(whole, to(["default"]));
    if (namespace !== undefined) add(namespace, to([]));
    for (const [name, local] of pairsIn(list)) add(local, to([name]));
  }
  for (const match of code.matchAll(REQUIRE)) readRequire(match, add);
  return { imports, ...readExports(code) };
}

function readRequire(match: RegExpMatchArray, add: (local: string, to: Binding) => void): void {
  const [, target = "", wrappers = "", , call = "", one, other, , members = ""] = match;
  const isWrapped = wrappers !== "";
  if (isWrapped && !WRAPPER.test(wrappers)) return;
  const how = call === "require" ? "require" : "import";
  const path = namesIn(members);
  const to = (names: readonly string[]): Binding => ({
    specifier: one ?? other ?? "",
    how,
    names: [...path, ...names],
    isWrapped,
    type: undefined,
    isStatic: false,
  });
  if (!target.startsWith("{")) return add(target, to([]));
  for (const [name, local] of pairsIn(target.slice(1, -1))) add(local, to([name]));
}

function readExports(code: string): Omit<ModuleBindings, "imports"> {
  const reexports = new Map<string, Binding>();
  const exports = new Map<string, string>();
  const stars: Binding[] = [];
  for (const [, isType, namespace, list, one, other] of code.matchAll(EXPORT_FROM)) {
    if (isType !== undefined) continue;
    const specifier = one ?? other ?? "";
    if (namespace !== undefined) reexports.set(namespace, imported(specifier, []));
    else if (list === undefined) stars.push(imported(specifier, []));
    for (const [name, as] of pairsIn(list)) reexports.set(as, imported(specifier, [name]));
  }
  for (const [, list] of code.matchAll(EXPORT_LIST)) {
    for (const [local, as] of pairsIn(list)) exports.set(as, local);
  }
  for (const [, name, whole] of code.matchAll(EXPORT_DECLARATION)) {
    if (name !== undefined) exports.set(name, name);
    if (whole !== undefined) exports.set("default", whole);
  }
  for (const [, name, name2, one, other, members] of code.matchAll(EXPORT_REQUIRE)) {
    const binding = required(one ?? other ?? "", namesIn(members));
    const as = name ?? name2;
    if (as === undefined) stars.push(binding);
    else reexports.set(as, binding);
  }
  for (const [, one, other] of code.matchAll(STAR_REQUIRE)) {
    stars.push(required(one ?? other ?? "", []));
  }
  return { reexports, exports, stars };
}

export function imported(specifier: string, names: readonly string[], type?: string): Binding {
  return { specifier, how: "import", names, isWrapped: false, type, isStatic: true };
}

function required(specifier: string, names: readonly string[]): Binding {
  return { ...imported(specifier, names), how: "require" };
}

/** `a, b as c, d: e` as pairs of the name there and the name here. */
function pairsIn(list: string | undefined): (readonly [there: string, here: string])[] {
  if (list === undefined) return [];
  return list.split(",").flatMap((piece) => {
    const [, isType, there, here = there] = PAIR.exec(piece.trim()) ?? [];
    if (there === undefined || here === undefined || isType !== undefined) return [];
    return [[unquoted(there), unquoted(here)] as const];
  });
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name;
}

function namesIn(members: string | undefined): readonly string[] {
  return (members ?? "").split(".").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
}

function typeIn(attributes: string | undefined): string | undefined {
  return /\btype\s*:\s*["'](\w+)["']/.exec(attributes ?? "")?.[1];
}

/** Blanks comments and templates; strings stay, for specifiers are strings. */
function withoutComments(text: string): string {
  return text.replace(
    /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`/g,
    (piece) => (piece.startsWith('"') || piece.startsWith("'") ? piece : " "),
  );
}
