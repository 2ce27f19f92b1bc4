import { pathOf, subscribe, unsubscribe } from "../host.ts";
import { withStackLimit } from "../scope/stack-limit.ts";
import type { GroupEvent, TaskEvent } from "../tasks/events.ts";

const sites = new WeakMap<object, string>();
/** Where the library is; in a bundle for CommonJS nobody knows. */
const library = folderOf(import.meta.url);
const channels = ["tracing:skein:task:start", "skein:group:open"];
let recorders = 0;

/**
 * From now on, every task remembers where it was spawned and every group where it was opened by `openTaskGroup`, and
 * {@link taskTree} tells. It takes a stack trace for each, some microseconds: for finding a fault, not for good.
 *
 * @returns disposing it stops the recording
 *
 * @example
 * ```ts
 * import { recordSpawnSites, taskGroup, taskTree } from "skein";
 *
 * const recording = recordSpawnSites();
 * await taskGroup((group) => {
 *   group.spawn(() => {}, { name: "one" });
 *   console.log(/^at .+:\d+:\d+/.test(taskTree().roots[0]!.children[0]!.site!));
 * });
 * recording[Symbol.dispose]();
 * // prints: true
 * ```
 *
 * @public
 */
export function recordSpawnSites(): Disposable {
  if (recorders++ === 0) for (const name of channels) subscribe(name, record);
  let stopped = false;
  return {
    [Symbol.dispose](): void {
      if (stopped) return;
      stopped = true;
      if (--recorders === 0) for (const name of channels) unsubscribe(name, record);
    },
  };
}

function folderOf(here: string | undefined): { url: string; path: string } | undefined {
  if (here === undefined) return undefined;
  // As sources they are in folders, built all in one.
  const levels = here.endsWith(".ts") ? 2 : 1;
  const url = `${here.split("/").slice(0, -levels).join("/")}/`;
  return { url, path: pathOf(url) };
}

export function spawnSiteOf(task: object): string | undefined {
  return sites.get(task);
}

function record(event: unknown): void {
  const site = siteOfCaller();
  if (site !== undefined) sites.set((event as TaskEvent | GroupEvent).scope, site);
}

/** Who has called the library, where that is known. */
export function siteOfCaller(): string | undefined {
  if (library === undefined) return undefined;
  const { url, path } = library;
  const here: { stack?: string } = {};
  withStackLimit(20, () => Error.captureStackTrace?.(here, siteOfCaller));
  const frames = (here.stack ?? "").split("\n").slice(1);
  return frames
    .find((frame) => !frame.includes(url) && !frame.includes(path) && !frame.includes("node:"))
    ?.trim();
}
