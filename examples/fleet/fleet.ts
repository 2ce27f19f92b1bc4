import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

const program = new URL("worker.js", import.meta.url);

/** Worker processes. */
export class Fleet implements AsyncDisposable {
  readonly #workers: ChildProcess[];

  constructor(size: number, socket: string) {
    this.#workers = Array.from({ length: size }, () => fork(program, [socket]));
  }

  get pids(): number[] {
    return this.#workers.map((worker) => worker.pid!);
  }

  /** Ends one of them as a power failure would. */
  kill(pid: number): void {
    this.#workers.find((worker) => worker.pid === pid)?.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return;
        const gone = once(worker, "exit");
        worker.kill("SIGTERM");
        await gone;
      }),
    );
  }
}
