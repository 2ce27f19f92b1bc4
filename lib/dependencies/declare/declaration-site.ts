import { withStackLimit } from "../../scope/stack-limit.ts";

/** Where something was declared: a stack of one frame of the caller's, not made into text before somebody asks. */
export interface DeclarationSite {
  readonly stack?: unknown;
}

/** @param maker - what the caller has called, with one function between, which is ours */
export function siteAbove(maker: Function): DeclarationSite {
  const site: DeclarationSite = {};
  withStackLimit(2, () => Error.captureStackTrace?.(site, maker));
  return site;
}

/** As in a stack: the file's URL or path, the line, the column. */
export function describeSite({ stack }: DeclarationSite): string | undefined {
  const frame = typeof stack === "string" ? stack.split("\n").at(-1)! : "";
  const [, inBrackets, bare] = / \((.+:\d+:\d+)\)$| at (.+:\d+:\d+)$/.exec(frame) ?? [];
  return inBrackets ?? bare;
}
