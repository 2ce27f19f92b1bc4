import { Failure } from "./failure.ts";

/** How long a process has to answer. It does so in the middle of a computation, but not in native code. */
const ANSWER_MS = 10_000;

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly url?: string };
  readonly result?: Evaluated;
  readonly error?: { readonly message: string };
}

interface Evaluated {
  readonly result?: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

/** A connection to the inspector of a process, which evaluates what it is asked. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #scripts: string[] = [];
  readonly #closed: Promise<void>;
  #id = 0;

  /** @throws Failure if nobody answers there as an inspector does */
  static async connect(port: number): Promise<Inspector> {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`, {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
      const socket = new WebSocket(target!.webSocketDebuggerUrl);
      await new Promise((resolve, reject) => {
        socket.addEventListener("open", resolve);
        socket.addEventListener("error", reject);
      });
      return new Inspector(socket);
    } catch {
      throw new Failure(`No inspector answers on port ${port}`);
    }
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.addEventListener("close", () => resolve()));
    socket.addEventListener("message", (event) => {
      this.#hear(JSON.parse(event.data as string) as Answer);
    });
  }

  /** The URLs of all scripts that the process has loaded. */
  async scripts(): Promise<readonly string[]> {
    await this.#post("Debugger.enable", {});
    await this.#post("Debugger.disable", {});
    return this.#scripts;
  }

  /** @throws Failure with what the expression has thrown */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#post("Runtime.evaluate", {
      expression,
      returnByValue: true,
    });
    if (exceptionDetails === undefined) return result?.value;
    throw new Failure(exceptionDetails.exception?.description ?? "It threw");
  }

  /** Lets the process end while we are connected. */
  async leaveAtItsEnd(): Promise<void> {
    await this.#post("NodeRuntime.notifyWhenWaitingForDisconnect", { enabled: true });
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#closed;
  }

  async #post(method: string, params: object): Promise<Evaluated> {
    const id = ++this.#id;
    let timer: NodeJS.Timeout | undefined;
    const answer = await Promise.race([
      new Promise<Answer>((resolve) => {
        this.#waiting.set(id, resolve);
        this.#socket.send(JSON.stringify({ id, method, params }));
      }),
      this.#closed.then(() => undefined),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(
            new Failure(
              `The process did not answer for ${ANSWER_MS / 1_000} s: it is stopped, or in native code`,
            ),
          );
        }, ANSWER_MS);
      }),
    ]).finally(() => clearTimeout(timer));
    this.#waiting.delete(id);
    if (answer === undefined) throw new Failure("The process has ended");
    if (answer.error !== undefined) throw new Failure(answer.error.message);
    return answer.result ?? {};
  }

  #hear(answer: Answer): void {
    if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    else if (answer.method === "Debugger.scriptParsed") this.#scripts.push(answer.params!.url!);
    else if (answer.method === "NodeRuntime.waitingForDisconnect") this.#socket.close();
  }
}
