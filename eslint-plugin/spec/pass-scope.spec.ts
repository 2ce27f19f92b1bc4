import rule from "../lib/rules/pass-scope.js";
import { commonjs, javascript, typescript } from "./rule-tester.ts";

/** One finding, and the code once the suggestion is followed. */
function finding(code: string, output: string, wait: string, scope: string): object {
  const data = { wait, scope };
  return {
    name: `${wait}: ${code}`,
    code,
    errors: [
      { messageId: "missing", data, suggestions: [{ messageId: "pass", data: { scope }, output }] },
    ],
  };
}

const skein =
  'import { taskGroup, sleep, checkpoint, moveOnAfter, mapConcurrent, retry, runInThreadpool, invoke, select, runProcess, all, provide, shield, threaded, openChannel, Lock, Event, CapacityLimiter, Semaphore, RateLimiter, Condition, Threadpool, resolveDependencies, openTaskGroup } from "skein";\n';
const inTask = (line: string): string =>
  `${skein}taskGroup((group) => { group.spawn(async (task) => { ${line} }); });`;
const found = (before: string, after: string, wait: string): object =>
  finding(inTask(before), inTask(after), wait, "task");

javascript.run("pass-scope", rule, {
  valid: [
    inTask("await sleep(1, task);"),
    inTask("await sleep(1, { signal: undefined });"),
    inTask("await sleep(...args);"),
    inTask("await checkpoint(task);"),
    inTask("await taskGroup(body, { scope: task });"),
    inTask("await taskGroup(body, { signal: task.signal });"),
    inTask("await taskGroup(body, options);"),
    inTask("await taskGroup(body, { ...options });"),
    inTask("await taskGroup(body, { [name]: task });"),
    inTask("await runInThreadpool(task, hash);"),
    inTask("await runInThreadpool(given, hash);"),
    inTask("await fetch('https://a.b', task);"),
    inTask("await fetch('https://a.b', { signal: task.signal });"),
    inTask("await fetch(request);"),
    inTask("const fetch = mine; await fetch('https://a.b');"),
    inTask("const sleep = mine; await sleep(1);"),
    inTask("await shield(flush);"),
    inTask("setTimeout(() => sleep(1), 1);"),
    inTask("await later(() => sleep(1));"),
    inTask("try { await work(task); } finally { await sleep(1); }"),
    inTask("try { await work(task); } finally { await Promise.all(list.map((ms) => sleep(ms))); }"),
    inTask("try { await work(task); } catch (error) { await sleep(1); throw error; }"),
    inTask("const queue = new Queue(); await queue.send(1);"),
    inTask("const lock = new Lock(); lock.tryAcquire();"),
    inTask("let lock = new Lock(); lock = mine; await lock.acquire();"),
    `${skein}taskGroup(async (group) => { group.spawn(async () => { await sleep(1); }); });`,
    `${skein}taskGroup(async (group) => { group.spawn(async (_task) => { await sleep(1); }); });`,
    'import { once } from "node:events"; import { taskGroup } from "skein"; taskGroup(async ({ signal }) => { await once(signal, "abort"); });',
    `${skein}await sleep(1);`,
    `${skein}async function work(task) { await sleep(1); }`,
    'import { sleep } from "other"; import { taskGroup } from "skein"; taskGroup(async (group) => { await sleep(1); });',
    'import { sleep, taskGroup } from "skein/ambient"; taskGroup(async (group) => { await sleep(1); });',
    'const { taskGroup } = require("skein/ambient"); const { Lock } = require("skein"); const lock = new Lock(); taskGroup(async (group) => { await lock.acquire(); });',
    'import { Lock } from "skein"; import { taskGroup } from "skein/ambient"; const lock = new Lock(); taskGroup(async (group) => { await lock.acquire(); });',
  ],
  invalid: [
    found("await sleep(1);", "await sleep(1, task);", "sleep"),
    found("await checkpoint();", "await checkpoint(task);", "checkpoint"),
    found("return taskGroup(body);", "return taskGroup(body, { scope: task });", "taskGroup"),
    found(
      "await taskGroup(body, { name: 'a' });",
      "await taskGroup(body, { scope: task, name: 'a' });",
      "taskGroup",
    ),
    found("await all([a], {});", "await all([a], { scope: task });", "all"),
    found(
      "await moveOnAfter(1, body);",
      "await moveOnAfter(1, body, { scope: task });",
      "moveOnAfter",
    ),
    found(
      "await mapConcurrent(l, f);",
      "await mapConcurrent(l, f, { scope: task });",
      "mapConcurrent",
    ),
    found(
      "await runProcess('a', []);",
      "await runProcess('a', [], { scope: task });",
      "runProcess",
    ),
    found("await retry(f);", "await retry(f, { scope: task });", "retry"),
    found("await select({ a });", "await select({ a }, { scope: task });", "select"),
    found(
      "await using inner = openTaskGroup();",
      "await using inner = openTaskGroup({ scope: task });",
      "openTaskGroup",
    ),
    found(
      "await resolveDependencies({ a }, { inputs });",
      "await resolveDependencies({ a }, { scope: task, inputs });",
      "resolveDependencies",
    ),
    found(
      "await runInThreadpool(() => hash(a));",
      "await runInThreadpool(task, () => hash(a));",
      "runInThreadpool",
    ),
    finding(
      `import { gzipSync } from "node:zlib"; ${inTask("await invoke(gzipSync, data);")}`,
      `import { gzipSync } from "node:zlib"; ${inTask("await invoke(task, gzipSync, data);")}`,
      "invoke",
      "task",
    ),
    found(
      "const hash = threaded(import.meta, f); await hash(1);",
      "const hash = threaded(import.meta, f); await hash.in(task)(1);",
      "hash",
    ),
    found("await fetch('a');", "await fetch('a', { signal: task.signal });", "fetch"),
    found(
      "await fetch(new URL(a), { method: 'POST' });",
      "await fetch(new URL(a), { signal: task.signal, method: 'POST' });",
      "fetch",
    ),
    found(
      "const [send, receive] = openChannel(); await send.send(1);",
      "const [send, receive] = openChannel(); await send.send(1, task);",
      "SendChannel.send",
    ),
    found(
      "const [, receive] = openChannel(); const mine = receive.clone(); for await (const a of mine.values());",
      "const [, receive] = openChannel(); const mine = receive.clone(); for await (const a of mine.values(task));",
      "ReceiveChannel.values",
    ),
    found(
      "const limit = new CapacityLimiter(1); await limit.with(work);",
      "const limit = new CapacityLimiter(1); await limit.with(work, task);",
      "CapacityLimiter.with",
    ),
    found(
      "const pool = new Threadpool(); await pool.run(f, []);",
      "const pool = new Threadpool(); await pool.run(f, [], { scope: task });",
      "Threadpool.run",
    ),
    found(
      "await Promise.all(list.map(async (item) => { await sleep(item); }));",
      "await Promise.all(list.map(async (item) => { await sleep(item, task); }));",
      "sleep",
    ),
    found(
      "try { await work(task); } catch { await sleep(1); }",
      "try { await work(task); } catch { await sleep(1, task); }",
      "sleep",
    ),
    finding(
      `${skein}taskGroup((group) => { group.spawn(async ({ signal }) => { await sleep(1); }); });`,
      `${skein}taskGroup((group) => { group.spawn(async ({ signal }) => { await sleep(1, { signal }); }); });`,
      "sleep",
      "signal",
    ),
    finding(
      `${skein}taskGroup((group) => { group.spawn(async ({ signal: stop }) => { await taskGroup(body); }); });`,
      `${skein}taskGroup((group) => { group.spawn(async ({ signal: stop }) => { await taskGroup(body, { signal: stop }); }); });`,
      "taskGroup",
      "stop",
    ),
    finding(
      `${skein}async function work(job) { await sleep(1); } taskGroup((group) => { group.spawn(work); });`,
      `${skein}async function work(job) { await sleep(1, job); } taskGroup((group) => { group.spawn(work); });`,
      "sleep",
      "job",
    ),
    finding(
      `${skein}const work = async (job) => { await sleep(1); }; moveOnAfter(1, work);`,
      `${skein}const work = async (job) => { await sleep(1, job); }; moveOnAfter(1, work);`,
      "sleep",
      "job",
    ),
    finding(
      `${skein}const page = provide({ a }, async ({ a }, context) => { await sleep(1); });`,
      `${skein}const page = provide({ a }, async ({ a }, context) => { await sleep(1, context); });`,
      "sleep",
      "context",
    ),
    finding(
      `${skein}mapConcurrent(list, async (item, task) => { await sleep(item); });`,
      `${skein}mapConcurrent(list, async (item, task) => { await sleep(item, task); });`,
      "sleep",
      "task",
    ),
    finding(
      `${skein}all([async (task) => { await sleep(1); }]);`,
      `${skein}all([async (task) => { await sleep(1, task); }]);`,
      "sleep",
      "task",
    ),
    finding(
      'import { sleep as pause, taskGroup as together } from "skein"; together(async (group) => { await pause(1); });',
      'import { sleep as pause, taskGroup as together } from "skein"; together(async (group) => { await pause(1, group); });',
      "sleep",
      "group",
    ),
    finding(
      'import * as skein from "skein"; skein.taskGroup(async (group) => { await skein.sleep(1); });',
      'import * as skein from "skein"; skein.taskGroup(async (group) => { await skein.sleep(1, group); });',
      "sleep",
      "group",
    ),
    finding(
      'const { sleep, taskGroup } = await import("skein"); taskGroup(async (group) => { await sleep(1); });',
      'const { sleep, taskGroup } = await import("skein"); taskGroup(async (group) => { await sleep(1, group); });',
      "sleep",
      "group",
    ),
    finding(
      'import { taskGroup } from "skein"; import { once } from "node:events"; taskGroup(async (group) => { await once(server, "listening"); });',
      'import { taskGroup } from "skein"; import { once } from "node:events"; taskGroup(async (group) => { await once(server, "listening", { signal: group.signal }); });',
      "once",
      "group",
    ),
    {
      // Node's own one has a value before its options.
      code: 'import { taskGroup } from "skein"; import { setTimeout } from "timers/promises"; taskGroup(async (group) => { await setTimeout(1); });',
      errors: [{ messageId: "missing" }],
    },
  ] as never,
});

commonjs.run("pass-scope, with require", rule, {
  valid: [],
  invalid: [
    finding(
      'const skein = require("skein"); skein.taskGroup(async (group) => { await skein.sleep(1); });',
      'const skein = require("skein"); skein.taskGroup(async (group) => { await skein.sleep(1, group); });',
      "sleep",
      "group",
    ),
    finding(
      'const { sleep: pause, taskGroup } = require("skein"); taskGroup(async (group) => { await pause(1); });',
      'const { sleep: pause, taskGroup } = require("skein"); taskGroup(async (group) => { await pause(1, group); });',
      "sleep",
      "group",
    ),
  ] as never,
});

typescript.run("pass-scope, with types", rule, {
  valid: [
    'import { type CancelScope, sleep } from "skein"; async function work(scope: CancelScope) { await sleep(1, scope); }',
    'import { sleep } from "skein"; interface CancelScope {} async function work(scope: CancelScope) { await sleep(1); }',
    'import { sleep, taskGroup } from "skein"; await taskGroup(async (group) => { await sleep(1, group as never); });',
  ],
  invalid: [
    finding(
      'import { type CancelScope, sleep } from "skein"; async function work(url: string, scope: CancelScope) { await sleep(1); }',
      'import { type CancelScope, sleep } from "skein"; async function work(url: string, scope: CancelScope) { await sleep(1, scope); }',
      "sleep",
      "scope",
    ),
    finding(
      'import { type CancelScope as Scope } from "skein"; const work = async (url: string, scope: Scope) => fetch(url);',
      'import { type CancelScope as Scope } from "skein"; const work = async (url: string, scope: Scope) => fetch(url, { signal: scope.signal });',
      "fetch",
      "scope",
    ),
    finding(
      'import type * as skein from "skein"; class Worker { async run(task: skein.TaskScope, jobs: skein.ReceiveChannel<number>) { await jobs.receive(); } }',
      'import type * as skein from "skein"; class Worker { async run(task: skein.TaskScope, jobs: skein.ReceiveChannel<number>) { await jobs.receive(task); } }',
      "ReceiveChannel.receive",
      "task",
    ),
    finding(
      'import skein = require("skein"); skein.taskGroup(async (group) => { await skein.sleep(1); });',
      'import skein = require("skein"); skein.taskGroup(async (group) => { await skein.sleep(1, group); });',
      "sleep",
      "group",
    ),
    finding(
      'import { taskGroup, sleep } from "skein"; await taskGroup((async (group) => { await sleep(1)!; }) satisfies object);',
      'import { taskGroup, sleep } from "skein"; await taskGroup((async (group) => { await sleep(1, group)!; }) satisfies object);',
      "sleep",
      "group",
    ),
  ] as never,
});
