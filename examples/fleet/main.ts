/**
 * Digests the files of a folder on three worker processes, one of which is killed in the middle: nothing is lost.
 * `npm run demo:fleet -- [folder]`. It starts a Redis of its own, which ends with it.
 */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createLogUpdate } from "log-update";
import { main, streamConcurrent } from "skein";
import { BullMQExecutor } from "skein/bullmq";
import { Fleet } from "./fleet.ts";
import { digest } from "./jobs.ts";
import { QUEUE } from "./queue.ts";
import { OwnRedis } from "./redis.ts";

const WORKERS = 3;

await main(async (scope) => {
  const folder = resolve(process.argv[2] ?? "lib");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

  await using redis = await OwnRedis.start(scope);
  await using fleet = new Fleet(WORKERS, redis.socket);
  await using remote = new BullMQExecutor({ queue: QUEUE, connection: { path: redis.socket } });

  const write = createLogUpdate(process.stdout);
  /** Of each worker what it does, and how many files it has done. */
  const doing = new Map(fleet.pids.map((pid) => [pid, { file: "", done: 0 }]));
  let victim: number | undefined;
  let done = 0;
  let bytes = 0;
  const show = (): void => {
    const lines = [...doing].map(([pid, { file, done }]) => {
      const state = pid === victim ? "killed" : file.slice(folder.length + 1);
      return `  ${String(pid).padStart(8)} ${String(done).padStart(5)}  ${state}`;
    });
    write(`${done} of ${files.length} files\n${lines.join("\n")}`);
  };

  const digests = streamConcurrent(
    files,
    async (file, task) => {
      let worker: number | undefined;
      const onProgress = (pid: unknown): void => {
        worker = pid as number;
        doing.get(worker)!.file = file;
        show();
      };
      const result = await remote.run(digest, [file], { scope: task, onProgress });
      doing.get(worker!)!.done += 1;
      return result;
    },
    { scope, concurrency: 2 * WORKERS },
  );
  for await (const result of digests) {
    done += 1;
    bytes += result.bytes;
    if (done === Math.floor(files.length / 2)) {
      victim = [...doing].find(([, { file }]) => file !== "")?.[0];
      if (victim !== undefined) fleet.kill(victim);
    }
    show();
  }
  write.done();
  console.log(
    `${done} of ${files.length} files digested, ${(bytes / 1e6).toFixed(1)} MB; none was lost`,
  );
});
