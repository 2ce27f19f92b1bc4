import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CancelScope } from "skein";

/** A redis-server on a socket in a temporary folder, which nobody else can reach. */
export class OwnRedis implements AsyncDisposable {
  readonly socket: string;
  readonly #directory: string;
  readonly #server: ChildProcess;

  private constructor(directory: string, socket: string, server: ChildProcess) {
    this.#directory = directory;
    this.socket = socket;
    this.#server = server;
  }

  static async start({ signal }: CancelScope): Promise<OwnRedis> {
    const directory = await mkdtemp(join(tmpdir(), "skein-fleet-"));
    const socket = join(directory, "redis.sock");
    const args = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory];
    // It ends when nobody holds the other end of its input any more: with this program, however that ends.
    const script = 'redis-server "$@" & cat >/dev/null; kill $!; wait';
    const server = spawn("sh", ["-c", script, "sh", ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const redis = new OwnRedis(directory, socket, server);
    try {
      const ended = once(server.stdout, "end", { signal }).then(() => {
        throw new Error("redis-server could not be started: apt-get install redis-server");
      });
      ended.catch(() => {});
      let log = "";
      while (!log.includes("ready to accept connections")) {
        const [chunk] = await Promise.race([once(server.stdout, "data", { signal }), ended]);
        log += String(chunk);
      }
      server.stdout.resume();
      return redis;
    } catch (error) {
      await redis[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode === null) {
      const gone = once(this.#server, "exit");
      this.#server.stdin!.end();
      await gone;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
