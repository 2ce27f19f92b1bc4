import type { OpenPage } from "./open-page.ts";

/** Nobody comes to this: where there is no process, `inspectable` has said so before. */
export function openPage(): Promise<OpenPage> {
  throw new TypeError("Expected a process");
}
