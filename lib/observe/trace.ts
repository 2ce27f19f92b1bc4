import { processFor } from "../host.ts";
import { checkString } from "../scope/option-values.ts";
import { chromeTrace } from "./chrome-trace.ts";
import { type Span, SpanRecorder } from "./span-recorder.ts";

/**
 * A trace that is being recorded.
 *
 * @public
 */
export interface Trace extends AsyncDisposable {
  /** Stops recording and writes the file. */
  stop(): Promise<void>;
}

/**
 * Records tasks, providers with their teardowns, and calls in worker threads as nested spans and writes them in
 * Chrome's trace format, for https://ui.perfetto.dev or chrome://tracing. Each is below the task that it runs in, a
 * call in a thread below its provider; those side by side have a line each. Each worker thread is a track of its own,
 * with an arrow to each call from where it was made. What has no name is called by what it belongs to.
 *
 * @param file - the path of the file, a `.json`
 * @returns stops and writes when it is asked to, or disposed
 * @throws TypeError if `file` is no text
 * @throws NotSupportedError where there is no process, as in a browser
 *
 * @example
 * ```ts
 * import { readFileSync, rmSync } from "node:fs";
 * import { taskGroup, trace } from "skein";
 *
 * const recording = trace("trace.json");
 * await taskGroup((group) => void group.spawn(() => {}, { name: "one" }));
 * await recording.stop();
 * const { traceEvents } = JSON.parse(readFileSync("trace.json", "utf8"));
 * console.log(traceEvents.find((event: { ph: string }) => event.ph === "X").name);
 * rmSync("trace.json");
 * // prints: one
 * ```
 *
 * @public
 */
export function trace(file: string): Trace {
  checkString("file", file);
  return new Recording(file);
}

class Recording implements Trace {
  readonly #host = processFor("trace");
  readonly #file: string;
  readonly #spans: Span[] = [];
  readonly #recorder = new SpanRecorder({ begun: (span) => this.#spans.push(span) });
  #stopped: Promise<void> | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#recorder.stop();
    const { argv, pid } = this.#host.process;
    const name = argv[1]?.split(/[\\/]/).at(-1) ?? "node";
    const text = JSON.stringify(chromeTrace(this.#spans, pid, name));
    await this.#host.writeFile(this.#file, `${text}\n`);
  }
}
