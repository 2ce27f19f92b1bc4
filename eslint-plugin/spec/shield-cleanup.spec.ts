import rule from "../lib/rules/shield-cleanup.js";
import { javascript } from "./rule-tester.ts";

const inTask = (lines: string, imported = "taskGroup, sleep, shield, Lock, openChannel"): string =>
  `import { ${imported} } from "skein"; const lock = new Lock(); const [send] = openChannel();\ntaskGroup((group) => { group.spawn(async (task) => { try { await work(task); } finally { ${lines} } }); });`;

function finding(lines: string, output?: string, messageId = "rejects"): object {
  const suggestions = output === undefined ? [] : [{ messageId: "wrap", output: inTask(output) }];
  return { code: inTask(lines), errors: [{ messageId, suggestions }] };
}

javascript.run("shield-cleanup", rule, {
  valid: [
    ...[
      "await file.close();",
      "await rm(path, { force: true });",
      "await shield((scope) => flush(scope), { scope: task });",
      "await shield(async (scope) => { await sleep(1, scope); });",
      "await moveOnAfter(1, flush, { scope: task, shield: true });",
      "await Promise.all([shield(flush, { scope: task }), file.close()]);",
      "await sleep(1);",
      "await fetch(url, { signal: AbortSignal.timeout(1) });",
      "clear(task);",
      "later(async () => { await flush(task); });",
      "await group.spawn(undo);",
      "task.cancel();",
    ].map((lines) => inTask(lines)),
    inTask("").replace("finally { ", "catch (error) { await undo(task); throw error; } finally { "),
    'import { taskGroup } from "other"; taskGroup(async (task) => { try { work(); } finally { await undo(task); } });',
    'import { shield } from "skein"; shield(async (scope) => { try { await work(scope); } finally { await flush(scope); } });',
    'import { shield } from "skein/ambient"; async function work() { try { step(); } finally { await shield(flush); } }',
    'import { Lock } from "skein"; const lock = new Lock(); async function work() { try { step(); } finally { await lock.acquire(); } }',
  ],
  invalid: [
    finding(
      "await sleep(1, task);",
      "await shield((shielded) => sleep(1, shielded), { scope: task });",
    ),
    finding(
      "await fetch(url, { method: 'DELETE', signal: task.signal });",
      "await shield((shielded) => fetch(url, { method: 'DELETE', signal: shielded.signal }), { scope: task });",
    ),
    finding(
      "if (dirty) { await undo(a, task); }",
      "if (dirty) { await shield((shielded) => undo(a, shielded), { scope: task }); }",
    ),
    finding("for await (const item of receive.values(task)) drop(item);"),
    finding(
      "await taskGroup(body, { scope: task });",
      "await shield((shielded) => taskGroup(body, { scope: shielded }), { scope: task });",
    ),
    finding("await send.send(1);", undefined, "endless"),
    finding("using permit = await lock.acquire();", undefined, "endless"),
    {
      code: inTask("await undo(task);", "taskGroup, Lock, openChannel"),
      errors: [
        {
          message:
            "After a cancellation of `task` this rejects at once, and the cleanup does not happen. Wrap it: `shield((shielded) => …, { scope: task })`.",
          suggestions: [
            {
              messageId: "wrap",
              output: inTask(
                "await shield((shielded) => undo(shielded), { scope: task });",
                "taskGroup, Lock, openChannel, shield",
              ),
            },
          ],
        },
      ],
    },
    {
      code: 'import * as skein from "skein"; skein.taskGroup(async (group) => { try { await work(group); } finally { await undo(group); } });',
      errors: [
        {
          messageId: "rejects",
          suggestions: [
            {
              messageId: "wrap",
              output:
                'import * as skein from "skein"; skein.taskGroup(async (group) => { try { await work(group); } finally { await skein.shield((shielded) => undo(shielded), { scope: group }); } });',
            },
          ],
        },
      ],
    },
    {
      code: 'import { taskGroup } from "skein"; taskGroup(async ({ signal }) => { try { await work(signal); } finally { await fetch(url, { signal }); } });',
      errors: [{ messageId: "rejects", suggestions: [] }],
    },
    {
      code: 'import { sleep } from "skein/ambient"; async function work() { try { step(); } finally { await sleep(1); } }',
      errors: [
        {
          message:
            "After a cancellation of the current scope this rejects at once, and the cleanup does not happen. Wrap it: `shield((shielded) => …)`.",
          suggestions: [],
        },
      ],
    },
  ] as never,
});
