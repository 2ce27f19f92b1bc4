import type { ReportNode } from "../observe/process-report.ts";

/** Knows for how long each node has been there, from one report to the next. */
export class TreeWatch {
  #since = new Map<number, number>();

  /**
   * Takes a report.
   *
   * @returns for how long a node of it has been seen, in milliseconds
   */
  see(roots: readonly ReportNode[]): (node: ReportNode) => number {
    const now = performance.now();
    const since = new Map<number, number>();
    const open = [...roots];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      since.set(node.id, this.#since.get(node.id) ?? now);
      open.push(...node.children);
    }
    this.#since = since;
    return (node) => now - since.get(node.id)!;
  }
}
