import { withStackLimit } from "../../scope/stack-limit.ts";
import { fileUrlOf } from "./home.ts";

const DEEPEST = 50;

/** A place in a file; line and column count from 0. */
export interface StackPlace {
  readonly address: string;
  readonly line: number;
  readonly column: number;
}

type Entry = (...args: never[]) => unknown;

let entry: Entry = stackPlaces;

/** Where more frames than usual cannot be had, none should go to our own. */
export function beginAbove(fn: Entry): void {
  entry = fn;
}

/** Where the call comes from, innermost first. */
export function stackPlaces(): readonly StackPlace[] {
  const taken: { stack?: string } = {};
  withStackLimit(DEEPEST, () => Error.captureStackTrace(taken, entry));
  const { stack = "" } = taken;
  const frames = stack.matchAll(/\(?((?:file:\/\/|\/|[A-Z]:\\)[^()]*?):(\d+):(\d+)\)?$/gm);
  return Array.from(frames, ([, address = "", line, column]) => ({
    address,
    line: Number(line) - 1,
    column: Number(column) - 1,
  }));
}

/** The files on the stack of the call, and at the end the one that the program began with. */
export function stackAddresses(): readonly string[] {
  const addresses = new Set(stackPlaces().map(({ address }) => address));
  const main = fileUrlOf(process.argv[1]);
  if (main !== undefined) addresses.add(main);
  return [...addresses];
}
