import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";

/** What is written to a stream: names and texts. */
export type Entry = Readonly<Record<string, string>>;

/** About so many entries are kept; whoever is further behind has to look at the jobs themselves. */
const MOST_ENTRIES = 1_000;
const BLOCK_MS = 5_000;
const RETRY_MS = 100;

/** Adds an entry to a stream. */
export async function publish(client: Redis, key: string, entry: Entry): Promise<void> {
  const fields = Object.entries(entry).flat();
  await client.xadd(key, "MAXLEN", "~", MOST_ENTRIES, "*", ...fields);
}

/**
 * Hears what is written to a stream from a moment on. It first asks where the stream ends, and reads from there, so
 * nothing is lost between the two, nor while the connection is.
 */
export class StreamReader {
  readonly #client: Redis;
  readonly #key: string;
  readonly #hear: (entry: Entry) => void;
  readonly #onError: (error: unknown) => void;
  #isClosed = false;
  #reading: Promise<void> | undefined;

  /** @param client - one that nobody else uses, for it blocks */
  constructor(
    client: Redis,
    key: string,
    hear: (entry: Entry) => void,
    onError: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#key = key;
    this.#hear = hear;
    this.#onError = onError;
  }

  /** Resolves when everything that is written from now on will be heard. */
  async start(): Promise<void> {
    const last = await this.#client.xrevrange(this.#key, "+", "-", "COUNT", 1);
    this.#reading = this.#read(last[0]?.[0] ?? "0-0");
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#client.disconnect();
    await this.#reading;
  }

  async #read(from: string): Promise<void> {
    let at = from;
    while (!this.#isClosed) {
      try {
        const streams = await this.#client.xread("BLOCK", BLOCK_MS, "STREAMS", this.#key, at);
        for (const [id, fields] of streams?.[0]?.[1] ?? []) {
          at = id;
          this.#hear(entryOf(fields));
        }
      } catch (error) {
        if (this.#isClosed) return;
        this.#onError(error);
        await delay(RETRY_MS);
      }
    }
  }
}

function entryOf(fields: readonly string[]): Entry {
  const entry: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) entry[fields[i]!] = fields[i + 1]!;
  return entry;
}
