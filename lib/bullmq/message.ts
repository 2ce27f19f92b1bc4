import type { OnCancel } from "../index.ts";
import type { Seal } from "./seal.ts";

/** What a job carries: a call, for any worker of the queue. Short names, for it is written once a call. */
export interface Message {
  readonly v: 1;
  /** The name of the function. */
  readonly f: string;
  /** Of its source. */
  readonly h: string;
  /** Its arguments, as base64; empty once it has failed. */
  readonly a: string;
  /** The deadline, as epoch milliseconds of the caller's clock. */
  readonly d?: number;
  readonly o: OnCancel;
  /** `graceMs`. */
  readonly g?: number;
  /** Progress is wanted. */
  readonly p: boolean;
  /** It may be run again. */
  readonly i: boolean;
  /** The caller. */
  readonly c: string;
  /** The lane of streams that replies go to. */
  readonly r: number;
  /** How many calls deep it was made: 0 by a program, 1 by a function that a worker runs. */
  readonly n: number;
  readonly t?: string;
  /** What goes with it of the caller's contexts, as base64. */
  readonly x?: string;
  /** How often a worker has had it and put it back before it had begun. */
  readonly k: number;
  /** Since when it waits for a worker that knows the function. */
  readonly u?: number;
  /** The seal. */
  readonly s?: string;
}

/** A job's data: the call, and what was thrown if it has failed. */
export interface JobData extends Message {
  readonly e?: string;
}

const MODES: readonly unknown[] = ["kill", "cooperate", "abandon", "shield"] satisfies OnCancel[];
const MOST_LANES = 1_024;

export function sealMessage(seal: Seal, callId: string, message: Message): Message {
  const { s: _, ...unsealed } = message;
  const sealed = seal.close(["call", callId, canonical(unsealed)], "");
  return sealed === "" ? unsealed : { ...unsealed, s: sealed };
}

export function isSealed(seal: Seal, callId: string, message: Message): boolean {
  const { s = "", ...unsealed } = message;
  return seal.open(["call", callId, canonical(unsealed)], s) !== undefined;
}

/** In one order, whoever has written it. */
function canonical({ v, f, h, a, d, o, g, p, i, c, r, n, t, x, k, u }: Message): string {
  return JSON.stringify([v, f, h, a, d, o, g, p, i, c, r, n, t, x, k, u]);
}

/** Reads what a job carries; undefined if it is no call. */
export function readMessage(data: unknown): Message | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { v, f, h, a, d, o, g, p, i, c, r, n, t, x, k, u, s } = data as Record<
    keyof Message,
    unknown
  >;
  const isCall =
    v === 1 &&
    [f, h, a, c].every((text) => typeof text === "string") &&
    MODES.includes(o) &&
    [p, i].every((flag) => typeof flag === "boolean") &&
    [r, n, k].every((number) => Number.isInteger(number) && (number as number) >= 0) &&
    (r as number) < MOST_LANES &&
    [d, g, u].every((number) => number === undefined || typeof number === "number") &&
    !((g as number) < 0) &&
    [t, x, s].every((text) => text === undefined || typeof text === "string");
  return isCall ? ({ v, f, h, a, d, o, g, p, i, c, r, n, t, x, k, u, s } as Message) : undefined;
}

/** A call that a function makes which a worker runs is one deeper. */
export const DEEPEST = 16;

/** How deep the call is made that a function makes whose own call has this identification. */
export function depthWithin(callId: string | undefined): number {
  const depth = /~(\d+)$/.exec(callId ?? "")?.[1];
  return callId === undefined || depth === undefined ? 0 : Number(depth) + 1;
}

export function callIdOf(caller: string, number: number, depth: number): string {
  return `${caller}-${number}~${depth}`;
}
