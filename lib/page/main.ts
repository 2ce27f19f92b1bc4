import { duration } from "../cli/duration.ts";
import type { Frame } from "../observe/page/feed.ts";
import type { ProcessReport } from "../observe/process-report.ts";
import { byId, element } from "./element.ts";
import { drawRates } from "./rates.ts";
import { drawTables } from "./tables.ts";
import { drawTimeline, noteSpans, tellOnHover } from "./timeline.ts";
import { drawTree } from "./tree.ts";

let frame: Frame | undefined;
let isHeld = false;

tellOnHover();
const events = new EventSource("events");
events.addEventListener("message", (event) => {
  const next = JSON.parse(event.data as string) as Frame;
  noteSpans(next.spans, next.at);
  if (isHeld) return;
  frame = next;
  draw(next);
  drawRates(next.ended, performance.now());
  say("live");
});
events.addEventListener("error", () => {
  say(events.readyState === EventSource.CLOSED ? "gone" : "lost, it is tried again");
});
byId("hold").addEventListener("click", () => {
  isHeld = !isHeld;
  byId("hold").textContent = isHeld ? "Go on" : "Hold";
  say(isHeld ? "held" : "live");
});
byId("filter").addEventListener("input", () => {
  if (frame !== undefined) drawTree(frame.report.tasks);
});
window.addEventListener("resize", drawTimeline);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawTimeline);

function draw({ report, omitted }: Frame): void {
  drawProcess(report);
  drawTree(report.tasks);
  drawTables(report);
  drawTimeline();
  byId("omitted").textContent =
    omitted === 0 ? "" : `${omitted.toLocaleString("en")} short ones are left out`;
}

function drawProcess({ pid, node, command, uptimeMs }: ProcessReport): void {
  const name = command[0]?.split(/[\\/]/).at(-1) ?? "node";
  document.title = `${name} ${pid}`;
  byId("process").replaceChildren(
    element("strong", { title: command.join(" ") }, name),
    ` pid ${pid}, Node ${node.slice(1)}, up ${duration(uptimeMs)}`,
  );
}

function say(state: string): void {
  const place = byId("state");
  place.textContent = state;
  place.className = state === "live" ? "live" : "late";
}
