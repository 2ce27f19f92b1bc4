import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BullMQWorkerOptions, RemoteRunEvent } from "../../lib/bullmq.ts";

const programs = new URL("bullmq-programs/", import.meta.url);
const require = createRequire(import.meta.url);

/** The functions that workers have, imported past what the test runner makes of modules. */
export const jobs = require("./bullmq-programs/jobs.mjs") as {
  readonly square: (n: number) => number;
  readonly echo: (value: unknown) => unknown;
  readonly pid: () => number;
  readonly id: () => string;
  readonly repeat: (text: string, times: number) => string;
  readonly hang: () => never;
  readonly listen: (file?: string) => never;
  readonly once: (file: string) => string;
  readonly again: (file: string) => string;
  readonly stubborn: (file: string) => void;
  readonly mostOnce: (file: string, id: string, ms: number) => string;
  readonly leastOnce: (file: string, id: string, ms: number) => string;
  readonly fail: (message: string) => never;
  readonly exits: (code: number) => never;
  readonly gives: () => unknown;
};

/** A redis-server of its own in a temporary folder, and the workers of a spec. None outlives the process of the spec. */
export class RedisServer implements AsyncDisposable {
  readonly directory: string;
  readonly #keeper: ChildProcess;
  readonly #workers = new Set<WorkerProcess>();
  #heard: (said: { up?: number; gone?: boolean; failed?: string }) => void = () => {};

  private constructor(directory: string, args: readonly string[]) {
    this.directory = directory;
    this.#keeper = fork(fileURLToPath(new URL("redis.mjs", programs)), args);
    this.#keeper.on("message", (said) => this.#heard(said as object));
  }

  /** @param args - besides: `--appendonly yes` keeps what is in it over a restart */
  static async start(...args: readonly string[]): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), "skein-redis-"));
    const socket = ["--port", "0", "--unixsocket", join(directory, "redis.sock")];
    const all = [...socket, "--dir", directory, "--save", "", ...args];
    const server = new RedisServer(directory, all);
    await server.#hears("up");
    return server;
  }

  /** One that is reached by TLS alone, with a password. Its certificate is `cert.pem` in its folder. */
  static async secured(port: number, password: string): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), "skein-redis-"));
    const [key, cert] = ["key.pem", "cert.pem"].map((file) => join(directory, file)) as [
      string,
      string,
    ];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
    execFileSync("openssl", [...made, "-keyout", key, "-out", cert], { stdio: "ignore" });
    const tls = ["--tls-port", `${port}`, "--tls-cert-file", cert, "--tls-key-file", key];
    const only = ["--port", "0", "--bind", "127.0.0.1", "--tls-auth-clients", "no"];
    const all = [...only, ...tls, "--requirepass", password, "--dir", directory, "--save", ""];
    const server = new RedisServer(directory, all);
    await server.#hears("up");
    return server;
  }

  get connection(): { path: string } {
    return { path: join(this.directory, "redis.sock") };
  }

  /** Stops it as if it were not there: it answers when it is continued. */
  stop(): void {
    this.#keeper.send("SIGSTOP");
  }

  continue(): void {
    this.#keeper.send("SIGCONT");
  }

  async kill(): Promise<void> {
    const gone = this.#hears("gone");
    this.#keeper.send("SIGKILL");
    await gone;
  }

  async startAgain(): Promise<void> {
    const up = this.#hears("up");
    this.#keeper.send("start");
    await up;
  }

  /** Starts a worker process, with times that are short for a spec, and long enough for a machine that does much else. */
  async worker(
    options: Partial<BullMQWorkerOptions> & { more?: string } = {},
  ): Promise<WorkerProcess> {
    const { connection } = this;
    const quick = { queue: "q", threads: 2, lockMs: 4_000, stalledMs: 1_000, leaseMs: 4_000 };
    const worker = new WorkerProcess({ connection, ...quick, ...options });
    this.#workers.add(worker);
    await worker.serves;
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.kill()));
    const gone = new Promise((resolve) => this.#keeper.once("exit", resolve));
    this.#keeper.disconnect();
    await gone;
    rmSync(this.directory, { recursive: true, force: true });
  }

  #hears(what: "up" | "gone"): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#heard = (said) => {
        if (said.failed !== undefined) {
          reject(new Error(`redis-server: ${said.failed}: apt-get install redis-server`));
        } else if (said[what] !== undefined) resolve();
      };
    });
  }
}

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #process: ChildProcess;
  /** Resolves when it takes calls, or is about to. */
  readonly serves: Promise<unknown>;
  readonly #gone: Promise<number | null>;
  /** The calls that it has run. */
  readonly runs: RemoteRunEvent[] = [];

  constructor(options: object) {
    const program = fileURLToPath(new URL("worker.mjs", programs));
    this.#process = fork(program, [JSON.stringify(options)]);
    this.#gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.serves = new Promise((resolve, reject) => {
      this.#process.on("message", (said: { serves?: number; run?: RemoteRunEvent }) => {
        if (said.serves !== undefined) resolve(undefined);
        if (said.run !== undefined) this.runs.push(said.run);
      });
      void this.#gone.then((code) => reject(new Error(`The worker ended with ${code}`)));
    });
    this.serves.catch(() => {});
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#gone;
  }

  /** Ends it as a deployment does. */
  async end(): Promise<number | null> {
    this.signal("SIGTERM");
    return await this.#gone;
  }
}
