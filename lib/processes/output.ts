import type { Readable } from "node:stream";
import { refuseGenerator } from "../scope/body.ts";
import { isThenable } from "../scope/is-thenable.ts";
import { readFrom } from "../scope/read-from.ts";
import type { TaskScope } from "../tasks/task-group.ts";

/** Called with something that a process has said. While the promise that it returns is pending, no more is read. */
type Handler<T> = (said: T, task: TaskScope) => unknown;

/** How much is kept, for the message of an error, of what a handler takes. */
const TAIL_BYTES = 8_192;

/** What a process says on one of its outputs: collected, or given to handlers as it comes. */
export class Output {
  readonly name: string;
  readonly #stream: Readable;
  readonly #onLine: Handler<string> | undefined;
  readonly #onChunk: Handler<Uint8Array> | undefined;
  readonly #maxBytes: number;
  readonly #overflow: (output: Output) => Error;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** The beginning of a line. */
  #line = "";

  constructor(
    name: string,
    stream: Readable,
    onLine: Handler<string> | undefined,
    onChunk: Handler<Uint8Array> | undefined,
    maxBytes: number,
    overflow: (output: Output) => Error,
  ) {
    this.name = name;
    this.#stream = stream;
    this.#onLine = onLine;
    this.#onChunk = onChunk;
    this.#maxBytes = maxBytes;
    this.#overflow = overflow;
  }

  get isCollected(): boolean {
    return this.#onLine === undefined && this.#onChunk === undefined;
  }

  /** What was said: all of it, or the end, where handlers took it. */
  get text(): string {
    const said = Buffer.concat(this.#chunks);
    return (this.isCollected ? said : said.subarray(-TAIL_BYTES)).toString();
  }

  /** Reads to the end. What comes after a failure is read and dropped, so that nobody is held up by a full pipe. */
  async read(task: TaskScope): Promise<void> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    try {
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
        this.#keep(chunk);
        if (this.#onChunk !== undefined) await this.#say(this.#onChunk, chunk, task);
        if (this.#onLine !== undefined)
          await this.#sayLines(decoder.decode(chunk, { stream: true }), task);
      }
    } catch (error) {
      if (!isClosedHere(error)) throw error;
    } finally {
      this.#stream.resume();
    }
    if (this.#onLine === undefined) return;
    await this.#sayLines(decoder.decode(), task);
    if (this.#line !== "") await this.#say(this.#onLine, this.#line, task);
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.isCollected) {
      if (this.#bytes > this.#maxBytes) throw this.#overflow(this);
      return;
    }
    while (this.#bytes - this.#chunks[0]!.length >= TAIL_BYTES) {
      this.#bytes -= this.#chunks.shift()!.length;
    }
  }

  async #sayLines(text: string, task: TaskScope): Promise<void> {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      const line = this.#line + text.slice(from, end);
      this.#line = "";
      from = end + 1;
      const said = line.endsWith("\r") ? line.slice(0, -1) : line;
      const handled = this.#say(this.#onLine!, said, task);
      if (handled !== undefined) await handled;
    }
    this.#line += text.slice(from);
    if (this.#line.length > this.#maxBytes) throw this.#overflow(this);
  }

  #say<T>(handler: Handler<T>, said: T, task: TaskScope): PromiseLike<unknown> | undefined {
    const result = handler(said, task);
    refuseGenerator(result, handler);
    return isThenable(result) ? result : undefined;
  }
}

/** The pipe was closed on this side, for nobody that could be reached is left on the other. */
function isClosedHere(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return readFrom(error, "code") === "ERR_STREAM_PREMATURE_CLOSE";
}
