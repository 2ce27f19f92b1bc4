import { ScopeChild } from "../scope/scope-child.ts";
import { rootScope } from "../scope/root-scope.ts";
import { Group } from "../tasks/group.ts";
import { TaskNode } from "../tasks/task-node.ts";
import { TIME } from "./chooser.ts";

/** Whoever goes on, of whom nothing is known. */
const NOBODY = {};

/** The task that goes on with it or, outside of every task, the outermost scope. */
export function ownerOf(whose: object | null): object {
  if (!(whose instanceof ScopeChild)) return whose ?? NOBODY;
  let outermost: ScopeChild = whose;
  for (let child: ScopeChild | null = whose; child !== null && child !== rootScope;) {
    if (child instanceof TaskNode) return child;
    outermost = child;
    child = child._parent;
  }
  return outermost;
}

/** Says who goes on, and numbers those who have the same name in the order in which they are met. */
export class Names {
  readonly #known = new Map<object, string>();
  readonly #counts = new Map<string, number>();

  of(whose: object | null): string {
    const owner = ownerOf(whose);
    if (owner === NOBODY) return "somebody whose wait names no scope";
    let name = this.#known.get(owner);
    if (name === undefined) {
      const plain = plainNameOf(owner);
      const count = (this.#counts.get(plain) ?? 0) + 1;
      this.#counts.set(plain, count);
      this.#known.set(owner, (name = owner === TIME ? plain : `${plain} #${count}`));
    }
    return name;
  }
}

function plainNameOf(owner: object): string {
  if (owner === TIME) return "time";
  const kind =
    owner instanceof TaskNode
      ? "task"
      : owner instanceof Group
        ? "group"
        : owner instanceof ScopeChild
          ? "scope"
          : "callback";
  const { name } = owner as { name?: string };
  return name === undefined || name === "" ? kind : `${kind} "${name}"`;
}
