import { MessageChannel, type MessagePort, type ResourceLimits } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { entry } from "./entry-place.ts";
import { SHARED_BYTES, type ThreadStart } from "./protocol.ts";
import { threadArguments } from "./thread-arguments.ts";

/** What a timer of Node's can wait for. */
const LONGEST_MS = 2 ** 31 - 1;

/** Who hears of the end of a worker. */
interface HostEvents {
  /** The worker has thrown what nobody caught; it exits. */
  failed(error: unknown): void;
  exited(code: number): void;
}

/** A worker thread, as far as we need one. */
export interface ThreadHost {
  /** What it shares with us. */
  readonly shared: SharedArrayBuffer;
  readonly port: MessagePort;
  /** Tells of its end; before anybody has come to it, if that is how it was. */
  listen(events: HostEvents): void;
  /** Ends it from outside, now. */
  terminate(): void;
}

export type StartHost = () => ThreadHost;

/**
 * Starts workers. Each is the only one of a Tinypool, which knows how to start and end one; it hands over our port in
 * a task that is over at once, and from then on sees no call, no value and no signal.
 */
export function hostStarter(resourceLimits: ResourceLimits | undefined): StartHost {
  const execArgv = threadArguments(process.execArgv);
  return () => {
    const pool = new Tinypool({
      filename: entry,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: LONGEST_MS,
      useAtomics: false,
      ...(execArgv === undefined ? {} : { execArgv }),
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    return new TinypoolHost(pool);
  };
}

class TinypoolHost implements ThreadHost {
  readonly shared: SharedArrayBuffer = new SharedArrayBuffer(SHARED_BYTES);
  readonly port: MessagePort;
  readonly #pool: Tinypool;
  #events: HostEvents | undefined;
  /** What has happened before anybody listened. */
  readonly #missed: ((events: HostEvents) => void)[] = [];

  constructor(pool: Tinypool) {
    this.#pool = pool;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    // With one at least it would start another when this one fails; with none from the start it would be slower to start.
    pool.options.minThreads = 0;
    // Without a listener, an error of an idle thread would end the process.
    pool.on("error", () => {});
    const worker = pool.threads[0]!;
    worker.on("error", (error: unknown) => this.#tell((events) => events.failed(error)));
    worker.once("exit", (code: number) => {
      // It does not notice by itself, and would keep all that it has of the thread.
      this.terminate();
      this.#tell((events) => events.exited(code));
    });
    const start: ThreadStart = { port: port2, shared: this.shared };
    pool.run(start, { transferList: [port2] }).catch(() => {});
  }

  listen(events: HostEvents): void {
    this.#events = events;
    for (const tell of this.#missed.splice(0)) queueMicrotask(() => tell(events));
  }

  terminate(): void {
    void this.#pool.destroy();
  }

  #tell(tell: (events: HostEvents) => void): void {
    if (this.#events === undefined) this.#missed.push(tell);
    else tell(this.#events);
  }
}
