/** Which parts of a value are used. */
export interface PartUse {
  /** Claim: not only the members, but the value itself. */
  isWhole: boolean;
  /** What is read as `value.member`. */
  readonly members: Map<string, PartUse>;
}

/** How a function uses a name that it does not declare. */
export interface Use extends PartUse {
  isAssigned: boolean;
  /** Claim: some `typeof name` asks whether the name exists, so that it may well not. */
  isAskedFor: boolean;
  /** Claim: a member of it is written. */
  isWritten: boolean;
}

interface LexicalScope {
  readonly names: ReadonlySet<string>;
  readonly parent: LexicalScope | undefined;
}

/** The chain of scopes at one place of the text, and the uses of names that none of them declares. */
export class NameUses {
  readonly free: Map<string, Use> = new Map();
  /** Claim: the function looks at itself by its own name, and not only to call itself. */
  seesItself = false;
  #scope: LexicalScope | undefined;

  within(names: ReadonlySet<string>, visit: () => void): void {
    const outer = this.#scope;
    this.#scope = { names, parent: outer };
    visit();
    this.#scope = outer;
  }

  isDeclared(name: string): boolean {
    return this.#declaringScope(name) !== undefined;
  }

  read(name: string): void {
    const use = this.#useOf(name);
    if (use !== undefined) use.isWhole = true;
  }

  /** Of what is only called nothing is seen, and nothing is written to it. */
  call(name: string): void {
    if (!this.isDeclared(name)) this.#entry(name);
  }

  writeMember(name: string): void {
    const use = this.#useOf(name);
    if (use !== undefined) use.isWhole = use.isWritten = true;
  }

  /** `name.one.two` uses of `name` only `one`, and of that only `two`. */
  readMember(name: string, path: readonly string[]): void {
    let part: PartUse | undefined = this.#useOf(name);
    for (const member of path) {
      if (part === undefined) return;
      const inner: PartUse = part.members.get(member) ?? { isWhole: false, members: new Map() };
      part.members.set(member, inner);
      part = inner;
    }
    if (part !== undefined) part.isWhole = true;
  }

  askType(name: string): void {
    if (this.isDeclared(name)) return;
    const use = this.#entry(name);
    use.isWhole = use.isAskedFor = true;
  }

  /**
   * The outermost scope holds the function's own name. The text does not tell whether that name is a constant of
   * the function expression or a variable around a declaration; in either case the write does nothing here.
   */
  assign(name: string): void {
    const scope = this.#declaringScope(name);
    if (scope !== undefined && scope.parent !== undefined) return;
    const use = this.#entry(name);
    use.isWhole = use.isAssigned = true;
  }

  #useOf(name: string): Use | undefined {
    const scope = this.#declaringScope(name);
    if (scope === undefined) return this.#entry(name);
    if (scope.parent === undefined) this.seesItself = true;
    return undefined;
  }

  #entry(name: string): Use {
    let use = this.free.get(name);
    if (use === undefined) {
      use = {
        members: new Map(),
        isWhole: false,
        isAssigned: false,
        isAskedFor: false,
        isWritten: false,
      };
      this.free.set(name, use);
    }
    return use;
  }

  #declaringScope(name: string): LexicalScope | undefined {
    let scope = this.#scope;
    while (scope !== undefined && !scope.names.has(name)) scope = scope.parent;
    return scope;
  }
}
