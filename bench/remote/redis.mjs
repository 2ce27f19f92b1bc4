// A redis-server of its own, which ends with this process, however that ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @param program - `redis-server`, or what takes the same arguments */
export async function startRedis(program = "redis-server") {
  const directory = mkdtempSync(join(tmpdir(), "skein-bench-"));
  const path = join(directory, "redis.sock");
  const args = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", directory];
  const script = '"$@" & cat >/dev/null; kill $!; wait';
  const server = spawn("sh", ["-c", script, "sh", program, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(server, "exit").then(() => {
    throw new Error(`${program} could not be started: apt-get install redis-server`);
  });
  ended.catch(() => {});
  for (let log = ""; !/ready to accept/i.test(log);) {
    log += (await Promise.race([once(server.stdout, "data"), ended]))[0];
  }
  server.stdout.resume();
  const stop = async () => {
    const gone = once(server, "exit");
    server.stdin.end();
    await gone;
    rmSync(directory, { recursive: true, force: true });
  };
  return { path, stop };
}
