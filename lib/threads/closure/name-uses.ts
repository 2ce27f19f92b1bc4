/** How a function uses a name that it does not declare. */
export interface Use {
  /** Read as `name.member`, and in no other way, unless `isWhole`. */
  readonly members: Set<string>;
  isWhole: boolean;
  isAssigned: boolean;
  /** Claim: some `typeof name` asks whether the name exists, so that it may well not. */
  isAskedFor: boolean;
}

interface Scope {
  readonly names: ReadonlySet<string>;
  readonly parent: Scope | undefined;
}

/** The chain of scopes at one place of the text, and the uses of names that none of them declares. */
export class NameUses {
  readonly free: Map<string, Use> = new Map();
  #scope: Scope | undefined;

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

  readMember(name: string, member: string): void {
    this.#useOf(name)?.members.add(member);
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
    return this.isDeclared(name) ? undefined : this.#entry(name);
  }

  #entry(name: string): Use {
    let use = this.free.get(name);
    if (use === undefined) {
      use = { members: new Set(), isWhole: false, isAssigned: false, isAskedFor: false };
      this.free.set(name, use);
    }
    return use;
  }

  #declaringScope(name: string): Scope | undefined {
    let scope = this.#scope;
    while (scope !== undefined && !scope.names.has(name)) scope = scope.parent;
    return scope;
  }
}
