import type {
  AnyNode,
  CallExpression,
  Class,
  Expression,
  Function as FunctionAst,
  MemberExpression,
  Pattern,
} from "acorn";
import { childNodes, hoistedNames, lexicalNames, namesOf } from "./declarations.ts";
import { NameUses, type Use } from "./name-uses.ts";
import { isAsyncHelper } from "./down-levelled.ts";
import type { FunctionNode } from "./parse.ts";

export { type Use } from "./name-uses.ts";

/** What a function takes from its surroundings that is no variable. */
export type Obstacle =
  | "this"
  | "super"
  | "arguments"
  | "new.target"
  | "import.meta"
  | "eval"
  | "with"
  | `#${string}`;

export interface FreeVariables {
  readonly uses: ReadonlyMap<string, Use>;
  readonly obstacle: Obstacle | undefined;
  /** Claim: it uses the `this` that its caller gives. */
  readonly usesOwnThis: boolean;
  /** Claim: it looks at itself, by its own name, and not only to call itself. */
  readonly seesItself: boolean;
  /** Where `import(…)` is in the parsed text. */
  readonly dynamicImports: readonly number[];
}

/** Whose `this`, `super`, `arguments` a piece of code sees. */
type Owner = "surroundings" | "itself" | "inner";

/** Finds what `node` uses without declaring it, exactly as the language scopes names. */
export function findFreeVariables(node: FunctionNode, isStrict: boolean): FreeVariables {
  const walk = new ScopeWalk(isStrict);
  walk.root(node);
  return walk;
}

class ScopeWalk implements FreeVariables {
  readonly dynamicImports: number[] = [];
  obstacle: Obstacle | undefined;
  usesOwnThis = false;

  readonly #isStrict: boolean;
  #owner: Owner = "surroundings";
  readonly #names = new NameUses();
  #privateNames: readonly ReadonlySet<string>[] = [];

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  get uses(): ReadonlyMap<string, Use> {
    return this.#names.free;
  }

  get seesItself(): boolean {
    return this.#names.seesItself;
  }

  root(node: FunctionNode): void {
    // The base class is no variable of the class: it was read when the class was made.
    if (node.type === "ClassExpression") return this.#class({ ...node, superClass: null });
    this.#function(node, "itself");
  }

  #visit(node: AnyNode | null | undefined): void {
    if (node == null) return;
    switch (node.type) {
      case "Identifier":
        return this.#read(node.name);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return this.#function(node, "inner");
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "BlockStatement":
        return this.#within(lexicalNames(node.body), () => this.#visitAll(node.body));
      case "SwitchStatement": {
        this.#visit(node.discriminant);
        const statements = node.cases.flatMap((one) => one.consequent);
        return this.#within(lexicalNames(statements), () => this.#visitAll(node.cases));
      }
      case "ForStatement":
        return this.#within(headNames(node.init), () => this.#visitChildren(node));
      case "ForInStatement":
      case "ForOfStatement":
        return this.#within(headNames(node.left), () => {
          if (node.left.type === "VariableDeclaration") this.#visit(node.left);
          else this.#pattern(node.left, "assign");
          this.#visit(node.right);
          this.#visit(node.body);
        });
      case "CatchClause": {
        const names = new Set<string>();
        namesOf(node.param, names);
        return this.#within(names, () => {
          this.#pattern(node.param, "declare");
          this.#visit(node.body);
        });
      }
      case "VariableDeclarator":
        this.#pattern(node.id, "declare");
        return this.#visit(node.init);
      case "AssignmentExpression":
        this.#pattern(node.left, "assign");
        return this.#visit(node.right);
      case "UpdateExpression":
        return this.#pattern(node.argument as Pattern, "assign");
      case "UnaryExpression":
        if (node.operator === "typeof" && node.argument.type === "Identifier") {
          return this.#names.askType(node.argument.name);
        }
        if (node.operator === "delete") return this.#pattern(node.argument as Pattern, "assign");
        return this.#visit(node.argument);
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        if (node.computed) this.#visit(node.key);
        return this.#visit(node.value);
      case "PrivateIdentifier":
        if (!this.#privateNames.some((names) => names.has(node.name))) {
          this.#refuse(`#${node.name}`);
        }
        return;
      case "LabeledStatement":
        return this.#visit(node.body);
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "WithStatement":
        this.#refuse("with");
        return;
      case "ThisExpression":
        if (this.#owner === "surroundings") this.#refuse("this");
        if (this.#owner === "itself") this.usesOwnThis = true;
        return;
      case "Super":
        if (this.#owner !== "inner") this.#refuse("super");
        return;
      case "MetaProperty":
        if (node.meta.name === "import") this.#refuse("import.meta");
        else if (this.#owner === "surroundings") this.#refuse("new.target");
        return;
      case "ImportExpression":
        this.dynamicImports.push(node.start);
        return this.#visitChildren(node);
      default:
        return this.#visitChildren(node);
    }
  }

  #visitAll(nodes: readonly (AnyNode | null)[]): void {
    for (const node of nodes) this.#visit(node);
  }

  #visitChildren(node: AnyNode): void {
    for (const child of childNodes(node)) this.#visit(child);
  }

  #function(node: FunctionAst, owner: Owner): void {
    const isArrow = node.type === "ArrowFunctionExpression";
    const ownName = node.type === "FunctionExpression" ? node.id?.name : undefined;
    const params = new Set<string>();
    if (!isArrow) params.add("arguments");
    for (const param of node.params) namesOf(param, params);
    this.#as(isArrow ? this.#owner : owner, () => {
      this.#within(new Set(ownName === undefined ? [] : [ownName]), () => {
        this.#within(params, () => {
          for (const param of node.params) this.#pattern(param, "declare");
          this.#body(node);
        });
      });
    });
  }

  /** The body has a scope of its own: default values of parameters do not see the variables in it. */
  #body(node: FunctionAst): void {
    if (node.body.type !== "BlockStatement") return this.#visit(node.body);
    const statements = node.body.body;
    const names = new Set([
      ...lexicalNames(statements),
      ...hoistedNames(statements, this.#isStrict),
    ]);
    this.#within(names, () => this.#visitAll(statements));
  }

  #class(node: Class): void {
    const names = new Set(node.id == null ? [] : [node.id.name]);
    const privateNames = new Set<string>();
    for (const member of node.body.body) {
      if ("key" in member && member.key.type === "PrivateIdentifier") {
        privateNames.add(member.key.name);
      }
    }
    this.#within(names, () => {
      this.#visit(node.superClass);
      const outer = this.#privateNames;
      this.#privateNames = [...outer, privateNames];
      for (const member of node.body.body) {
        if ("key" in member && member.computed) this.#visit(member.key);
        // Fields and static blocks have a `this` of their own, as methods do.
        this.#as("inner", () => {
          if (member.type !== "StaticBlock") return this.#visit(member.value);
          const hoisted = hoistedNames(member.body, true);
          const declared = new Set([...lexicalNames(member.body), ...hoisted]);
          this.#within(declared, () => this.#visitAll(member.body));
        });
      }
      this.#privateNames = outer;
    });
  }

  #pattern(pattern: Pattern | null | undefined, mode: "declare" | "assign"): void {
    if (pattern == null) return;
    switch (pattern.type) {
      case "Identifier":
        if (mode === "assign") this.#names.assign(pattern.name);
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "RestElement") {
            this.#pattern(property.argument, mode);
          } else {
            if (property.computed) this.#visit(property.key);
            this.#pattern(property.value, mode);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of pattern.elements) this.#pattern(element, mode);
        return;
      case "AssignmentPattern":
        this.#pattern(pattern.left, mode);
        return this.#visit(pattern.right);
      case "RestElement":
        return this.#pattern(pattern.argument, mode);
      case "MemberExpression":
        // A part of the object would not see what is written to the whole.
        if (mode === "assign") this.#writeMember(pattern.object);
        return this.#member(pattern);
      default:
        return this.#visit(pattern);
    }
  }

  #writeMember(object: AnyNode): void {
    if (object.type === "Identifier" && object.name !== "arguments") {
      this.#names.writeMember(object.name);
    } else {
      this.#visit(object);
    }
  }

  #member(node: MemberExpression): void {
    const path: string[] = [];
    let object: AnyNode = node;
    for (let name = memberName(object); name !== undefined; name = memberName(object)) {
      path.unshift(name);
      object = (object as MemberExpression).object;
    }
    if (path.length > 0 && object.type === "Identifier") {
      return this.#readMember(object.name, path);
    }
    this.#visit(node.object);
    if (node.computed || node.property.type === "PrivateIdentifier") this.#visit(node.property);
  }

  #call(node: CallExpression): void {
    const isDirectEval =
      node.callee.type === "Identifier" && node.callee.name === "eval" && !node.optional;
    if (isDirectEval && !this.#names.isDeclared("eval")) this.#refuse("eval");
    const { callee } = node;
    if (callee.type === "Identifier" && callee.name !== "arguments") this.#names.call(callee.name);
    else this.#visit(callee as Expression);
    const [first] = node.arguments;
    // Compilers hand the `this` of a function on to what runs it, whether it is used or not.
    const isHandedOn = first?.type === "ThisExpression" && isAsyncHelper(callee);
    this.#visitAll(isHandedOn ? node.arguments.slice(1) : node.arguments);
  }

  #read(name: string): void {
    if (name === "arguments" && !this.#names.isDeclared(name)) return this.#refuse("arguments");
    this.#names.read(name);
  }

  #readMember(name: string, path: readonly string[]): void {
    if (name === "arguments") this.#read(name);
    else this.#names.readMember(name, path);
  }

  #within(names: ReadonlySet<string>, visit: () => void): void {
    this.#names.within(names, visit);
  }

  #as(owner: Owner, visit: () => void): void {
    const outer = this.#owner;
    this.#owner = owner;
    visit();
    this.#owner = outer;
  }

  #refuse(obstacle: Obstacle): void {
    this.obstacle ??= obstacle;
  }
}

function headNames(head: AnyNode | null | undefined): Set<string> {
  return head == null ? new Set() : lexicalNames([head]);
}

/** The name in `object.name` and `object["name"]`; `a?.b` has one as well. */
function memberName(node: AnyNode): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  const { property } = node;
  if (!node.computed) return property.type === "Identifier" ? property.name : undefined;
  const isText = property.type === "Literal" && typeof property.value === "string";
  return isText ? (property.value as string) : undefined;
}
