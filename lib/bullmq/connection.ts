import type { Redis } from "ioredis";
import { expected } from "./checks.ts";
import { ioredis } from "./peers.ts";

/**
 * Where Redis is: its URL, options of ioredis, or a client of ioredis, which is duplicated and otherwise left alone.
 *
 * @public
 */
export type RedisConnection = string | RedisOptions | RedisClient;

/**
 * Options of ioredis. Those that matter most are named.
 *
 * @public
 */
export interface RedisOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** A Unix socket, in place of host and port. */
  readonly path?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly db?: number | undefined;
  /** Options of `tls.connect`. */
  readonly tls?: object | undefined;
  readonly [option: string]: unknown;
}

/**
 * A client of ioredis.
 *
 * @public
 */
export interface RedisClient {
  duplicate(override?: object): unknown;
  disconnect(): void;
}

/** Commands wait for a connection however long it takes: what bounds a call is its deadline. */
const PATIENT = { maxRetriesPerRequest: null };
/** How long a connection may take to say goodbye. */
const QUIT_MS = 1_000;

export function checkConnection(name: string, value: unknown): void {
  if ((value as { isCluster?: unknown } | null | undefined)?.isCluster === true) {
    const what = "to be one Redis, for a queue lies on one node";
    throw new TypeError(`${expected(name, what, value)}: connect to the node that is to have it`);
  }
  if (typeof value === "string" ? URL.canParse(value) : typeof value === "object" && value) return;
  throw new TypeError(
    expected(name, "to be the URL of Redis, options of ioredis or a client of it", value),
  );
}

/** A connection of its own. */
export function connect(to: RedisConnection, onError: (error: unknown) => void): Redis {
  const client = clientOf(to);
  client.on("error", onError);
  return client;
}

function clientOf(to: RedisConnection): Redis {
  if (typeof to === "string") return new ioredis.Redis(to, PATIENT);
  if (isClient(to)) return to.duplicate(PATIENT) as Redis;
  return new ioredis.Redis({ ...to, ...PATIENT } as object);
}

function isClient(to: object): to is RedisClient {
  return typeof (to as Partial<RedisClient>).duplicate === "function";
}

/** Ends a connection: politely, if Redis answers. */
export async function disconnect(client: Redis): Promise<void> {
  try {
    if (client.status === "ready") await within(QUIT_MS, client.quit());
  } catch {
    // It ends in any case.
  } finally {
    client.disconnect();
  }
}

/** Waits for something, but no longer than so many milliseconds. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  try {
    await Promise.race([promise, time]);
  } finally {
    clearTimeout(timer);
  }
}
