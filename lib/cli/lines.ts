import type { ReportNode } from "../observe/process-report.ts";
import { durations } from "./duration.ts";
import { fold, type Folded, type Range } from "./fold.ts";
import { textOf } from "./pattern.ts";

/** What is to be said of some nodes alike, below their parent. */
export interface TreeLine {
  readonly depth: number;
  readonly kind: ReportNode["kind"];
  /** Of a wait, what is waited for. */
  readonly name: string;
  readonly count: number;
  readonly notes: readonly Note[];
}

interface Note {
  /** What it is about: `late` is what is not as it should be. */
  readonly kind: "late" | "state" | "wait" | "deadline" | "seen";
  readonly text: string;
}

/** Deadlines that are closer to each other than this are one. */
const SAME_MS = 20;

/**
 * A tree as lines, of siblings that differ in nothing but numbers one.
 *
 * @param seenMs - for how long a node has been watched
 */
export function linesOf(
  roots: readonly ReportNode[],
  seenMs: (node: ReportNode) => number | undefined,
): TreeLine[] {
  const lines: TreeLine[] = [];
  for (const root of fold(roots, seenMs)) add(root, 0, undefined, lines);
  return lines;
}

function add(node: Folded, depth: number, above: Range | undefined, lines: TreeLine[]): void {
  const [only] = node.children;
  // What a task waits for stands on its line.
  const waits = node.children.length === 1 && only!.kind === "wait" && only!.count === 1;
  lines.push({
    depth,
    kind: node.kind,
    name: textOf(node.name),
    count: node.count,
    notes: notesOn(node, above, waits ? only : undefined),
  });
  if (waits) return;
  for (const child of node.children) add(child, depth + 1, node.deadline ?? above, lines);
}

function notesOn(node: Folded, above: Range | undefined, wait: Folded | undefined): Note[] {
  const notes: Note[] = node.states.map((text) => ({
    kind: text.startsWith("cancelled") ? "late" : "state",
    text,
  }));
  if (wait !== undefined) notes.push({ kind: "wait", text: `waits for ${textOf(wait.name)}` });
  const { deadline } = node;
  if (deadline !== undefined && !isSame(deadline, above)) {
    notes.push({
      kind: "deadline",
      text: `deadline in ${durations(deadline.least, deadline.most)}`,
    });
  }
  const { seen } = wait ?? node;
  if (seen !== undefined && seen.most >= 1_000) {
    notes.push({ kind: "seen", text: `for ${durations(seen.least, seen.most)} or more` });
  }
  return notes;
}

function isSame(one: Range, other: Range | undefined): boolean {
  if (other === undefined) return false;
  return Math.abs(one.least - other.least) < SAME_MS && Math.abs(one.most - other.most) < SAME_MS;
}
