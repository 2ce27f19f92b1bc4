import type { ScopeChild } from "../scope/scope-child.ts";
import { rootScope } from "../scope/root-scope.ts";
import { Scope } from "../scope/scope.ts";
import { now } from "../scope/timers.ts";
import { Group } from "../tasks/group.ts";
import { TaskNode } from "../tasks/task-node.ts";
import type { TaskStatus } from "../tasks/task.ts";
import { spawnSiteOf } from "./spawn-sites.ts";

/**
 * A scope, a group, a task, or what one of them waits for.
 *
 * @public
 */
export interface TaskTreeNode {
  readonly kind: "scope" | "group" | "task" | "service" | "wait";
  /** Its name; of a wait, what is waited for. */
  readonly name: string;
  /** Of a task. */
  readonly status?: TaskStatus;
  /** The reason of the cancellation in force, as text. A task with one that still runs is a straggler. */
  readonly cancelled?: string;
  /** How long until the deadline that applies here, in milliseconds. */
  readonly deadlineInMs?: number;
  /** `false` for a group that was opened by `openTaskGroup`, and that nobody has asked to end yet. */
  readonly joined?: false;
  /** Where a task was spawned or a group opened, while spawn sites are recorded. */
  readonly site?: string;
  readonly children: readonly TaskTreeNode[];
}

/**
 * What runs at the moment, as text, as data and as a drawing.
 *
 * @public
 */
export class TaskTree {
  /** The scopes and groups that hang below none. */
  readonly roots: readonly TaskTreeNode[];

  /** Made by {@link taskTree}. */
  constructor(roots: readonly TaskTreeNode[]) {
    this.roots = roots;
  }

  /** The tree as indented lines. */
  toString(): string {
    if (this.roots.length === 0) return "nothing runs";
    return flat(this.roots)
      .map(({ node, depth }) => "  ".repeat(depth) + lineOf(node))
      .join("\n");
  }

  /** For `JSON.stringify`: the roots. */
  toJSON(): readonly TaskTreeNode[] {
    return this.roots;
  }

  /** The tree as a flowchart for Mermaid, which GitHub draws. */
  toMermaid(): string {
    const all = flat(this.roots);
    const ids = new Map(all.map(({ node }, index) => [node, `n${index}`]));
    const lines = all.flatMap(({ node }) => {
      const id = ids.get(node)!;
      const [open, close] = node.kind === "wait" ? ["([", "])"] : ["[", "]"];
      const label = lineOf(node).replaceAll('"', "#quot;").replaceAll("\n", "<br>");
      const edges = node.children.map((child) => `  ${id} --> ${ids.get(child)}`);
      return [`  ${id}${open}"${label}"${close}`, ...edges];
    });
    return ["flowchart TD", ...lines].join("\n");
  }
}

/**
 * Takes a picture of everything that runs: each group, scope and task with its name and status, what is cancelled and
 * has not ended yet, which deadline applies, and what each waits for. Waits that name no scope have no place in the
 * tree.
 *
 * @returns the roots of the tree, each with what hangs below it
 *
 * @example
 * ```ts
 * import { sleep, taskGroup, taskTree } from "skein";
 *
 * await taskGroup(
 *   async (group) => {
 *     group.spawn((task) => sleep(60_000, task), { name: "heartbeat" });
 *     await sleep(1, group);
 *     console.log(taskTree().toString().split("\n").slice(0, 2).join("\n"));
 *     group.finish(undefined);
 *   },
 *   { name: "server" },
 * );
 * // prints: group "server"
 * // prints:   task "heartbeat": running
 * ```
 *
 * @public
 */
export function taskTree(): TaskTree {
  return new TaskTree(treeNodes(() => ({})));
}

/**
 * The roots of the task tree.
 *
 * @param more - what else to say of each node
 */
export function treeNodes(more: (child: ScopeChild) => object): TaskTreeNode[] {
  return childrenOf(rootScope, more);
}

function childrenOf(top: Scope, more: (child: ScopeChild) => object): TaskTreeNode[] {
  type Draft = TaskTreeNode & { readonly children: TaskTreeNode[] };
  const roots: TaskTreeNode[] = [];
  const open: { scope: Scope; into: TaskTreeNode[] }[] = [{ scope: top, into: roots }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.scope instanceof Group) next.scope._attachPending();
    for (let child = next.scope._first; child !== null; child = child._next) {
      const described = describe(child);
      if (described === null) {
        // What only connects others is left out.
        if (child instanceof Scope) open.push({ scope: child, into: next.into });
        continue;
      }
      const node: Draft = { ...described, ...more(child), children: [] };
      next.into.push(node);
      if (child instanceof Scope) open.push({ scope: child, into: node.children });
    }
  }
  return roots;
}

function describe(child: ScopeChild): Omit<TaskTreeNode, "children"> | null {
  if (!(child instanceof Scope)) {
    const what = child._waitsFor();
    return what === null ? null : { kind: "wait", name: what };
  }
  if (child instanceof TaskNode) {
    return {
      kind: child._background ? "service" : "task",
      name: child.name,
      status: child.handle.status,
      ...state(child),
      ...siteOf(child),
    };
  }
  if (child instanceof Group) {
    const joined = child._awaitsJoin ? { joined: false as const } : {};
    return { kind: "group", name: child.name, ...joined, ...state(child), ...siteOf(child) };
  }
  return child._isVisible() ? { kind: "scope", name: child.name, ...state(child) } : null;
}

function siteOf(scope: Scope): Pick<TaskTreeNode, "site"> {
  const site = spawnSiteOf(scope);
  return site === undefined ? {} : { site };
}

function state(scope: Scope): Pick<TaskTreeNode, "cancelled" | "deadlineInMs"> {
  if (scope._inForce !== null) return { cancelled: String(scope._inForce.reason) };
  const { _limit } = scope;
  return _limit === null ? {} : { deadlineInMs: Math.max(0, Math.round(_limit.at - now())) };
}

function lineOf(node: TaskTreeNode): string {
  if (node.kind === "wait") return `waits for ${node.name}`;
  const parts = [node.name === "" ? node.kind : `${node.kind} "${node.name}"`];
  if (node.status !== undefined) parts.push(`: ${node.status}`);
  if (node.joined === false) parts.push(", not joined");
  if (node.cancelled !== undefined) parts.push(`, cancelled and not ended (${node.cancelled})`);
  if (node.deadlineInMs !== undefined) parts.push(`, deadline in ${node.deadlineInMs} ms`);
  if (node.site !== undefined) parts.push(`, ${node.site}`);
  return parts.join("");
}

/** The nodes from the top down, each before its children; no recursion, for a tree may be deep. */
function flat(roots: readonly TaskTreeNode[]): { node: TaskTreeNode; depth: number }[] {
  const order: { node: TaskTreeNode; depth: number }[] = [];
  const open = roots.map((node) => ({ node, depth: 0 })).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    order.push(next);
    const { node, depth } = next;
    open.push(...node.children.map((child) => ({ node: child, depth: depth + 1 })).toReversed());
  }
  return order;
}
