const { isMainThread, threadId: thread } = require("node:worker_threads");

async function program() {
  const { runInThreadpool } = await import("skein");
  const imported = await runInThreadpool(() => [isMainThread, thread > 0]);
  const stack = await runInThreadpool(() => new Error().stack);
  console.log(JSON.stringify({ imported, line: /waiting\.cjs:(\d+):/.exec(stack)?.[1] }));
}

void program();
