// A program of which no function has come to its end when the first call is made: it waits at its top level.
import { isMainThread, threadId as thread } from "node:worker_threads";
import { runInThreadpool } from "skein";

const threadId = 70;
const imported = await runInThreadpool(() => [isMainThread, thread > 0, threadId]);
{
  // Another variable, though of the same name and value as the import.
  const isMainThread = true;
  imported.push(await runInThreadpool(() => isMainThread));
}
const stack = await runInThreadpool(() => new Error().stack);
const relative = await runInThreadpool(async () => (await import("./helpers.mjs")).add(1));
console.log(JSON.stringify({ imported, line: /waiting\.mjs:(\d+):/.exec(stack)?.[1], relative }));
