import { linesOf, type TreeLine } from "../cli/lines.ts";
import { TreeWatch } from "../cli/tree-watch.ts";
import type { ReportNode } from "../observe/process-report.ts";
import { byId, element } from "./element.ts";
import { count } from "./table.ts";

/** More lines than these nobody reads. */
const MOST_LINES = 400;

const watch = new TreeWatch();

/** Draws what runs, siblings that differ in numbers only on one line. */
export function drawTree(roots: readonly ReportNode[]): void {
  const wanted = byId<HTMLInputElement>("filter").value.trim().toLowerCase();
  const lines = linesOf(roots, watch.see(roots))
    .map(lineOf)
    .filter((line) => line.textContent.toLowerCase().includes(wanted));
  const shown = lines.slice(0, MOST_LINES);
  const say = (text: string): void => void shown.push(element("li", { class: "none" }, text));
  if (lines.length > MOST_LINES) say(`and ${count(lines.length - MOST_LINES)} lines more`);
  if (lines.length === 0) say(wanted === "" ? "no task runs" : "no line has this text");
  byId("tree").replaceChildren(...shown);
}

function lineOf({ depth, kind, name, count: times, notes }: TreeLine): HTMLElement {
  const line = element("li", {});
  line.style.paddingInlineStart = `${depth * 1.25}em`;
  const say = (what: string, text: string): void => {
    line.append(element("span", { class: what }, text), " ");
  };
  if (kind === "wait") say("wait", `waits for ${name}`);
  else {
    say("kind", kind);
    if (name !== "") say("name", name);
  }
  if (times > 1) say("count", `×${count(times)}`);
  for (const note of notes) say(note.kind, note.text);
  return line;
}
