import rule from "../lib/rules/no-outer-scope.js";
import { javascript, typescript } from "./rule-tester.ts";

const skein =
  'import { taskGroup, sleep, moveOnAfter, cancelScope, mapConcurrent, retry, main, shield, Lock, openChannel, openTaskGroup, provide } from "skein"; const lock = new Lock(); const [send, receive] = openChannel();\n';

function finding(code: string, output: string | undefined, outer: string, by: string): object {
  const suggestions = output === undefined ? [] : [{ messageId: "own", output: skein + output }];
  const name = `${by}: ${code}`;
  return { name, code: skein + code, errors: [{ messageId: "outer", suggestions }] };
}

javascript.run("no-outer-scope", rule, {
  valid: [
    "taskGroup(async (group) => { await sleep(1, group); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { await sleep(1, task); }); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { group.spawn(work); group.cancel(); if (group.cancelled) return; }); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { await group.start(serve, { scope: task }); }); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { await helper(group); }); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { listen({ signal: group.signal }); }); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { await lock.with(async () => { await sleep(1, task); }, task); }); });",
    "taskGroup(async (group) => { group.spawn(async (task) => { await Promise.all(list.map((ms) => sleep(ms, task))); }); });",
    "taskGroup(async (group) => { setTimeout(() => sleep(1, group)); });",
    "main(async (group, { untilDraining }) => { await untilDraining(async (scope) => { for await (const job of receive.values(scope)) await sleep(1, group); }); });",
    "main(async (group, program) => { await program.untilDraining(async (scope) => { await sleep(1, group); }); });",
    "taskGroup(async (group) => { group.spawn(async (group) => { await sleep(1, group); }); });",
    "taskGroup(async (group) => { mine(async (task) => { await sleep(1, group); }); });",
    "const controller = new AbortController(); taskGroup(async (group) => { await fetch(url, { signal: controller.signal }); });",
    "async function work(scope) { await moveOnAfter(1, () => sleep(1, scope)); }",
  ].map((code) => skein + code),
  invalid: [
    finding(
      "taskGroup(async (group) => { group.spawn(async (task) => { await sleep(1, group); }); });",
      "taskGroup(async (group) => { group.spawn(async (task) => { await sleep(1, task); }); });",
      "group",
      "spawn",
    ),
    finding(
      "cancelScope(async (scope) => { await moveOnAfter(5, (inner) => sleep(60, scope), { scope }); });",
      "cancelScope(async (scope) => { await moveOnAfter(5, (inner) => sleep(60, inner), { scope }); });",
      "scope",
      "moveOnAfter",
    ),
    finding(
      "cancelScope(async (scope) => { await moveOnAfter(5, () => sleep(60, scope)); });",
      undefined,
      "scope",
      "moveOnAfter",
    ),
    finding(
      "taskGroup(async (group) => { await moveOnAfter(5, async (scope) => { await fetch(url, { signal: group.signal }); }); });",
      "taskGroup(async (group) => { await moveOnAfter(5, async (scope) => { await fetch(url, { signal: scope.signal }); }); });",
      "group",
      "moveOnAfter",
    ),
    finding(
      "taskGroup(async (group) => { group.background(async (task) => { await readFile(path, { signal: group.signal }); }); });",
      "taskGroup(async (group) => { group.background(async (task) => { await readFile(path, { signal: task.signal }); }); });",
      "group",
      "background",
    ),
    finding(
      "taskGroup(async (scope) => { scope.spawn(async (task) => { await taskGroup(body, { scope }); }); });",
      "taskGroup(async (scope) => { scope.spawn(async (task) => { await taskGroup(body, { scope: task }); }); });",
      "scope",
      "spawn",
    ),
    finding(
      "taskGroup(async ({ signal }) => { await moveOnAfter(1, async (scope) => { await fetch(url, { signal }); }); });",
      undefined,
      "signal",
      "moveOnAfter",
    ),
    finding(
      "taskGroup(async (group) => { const { signal } = group; group.spawn(async () => { await fetch(url, { signal }); }); });",
      undefined,
      "signal",
      "spawn",
    ),
    finding(
      "taskGroup(async (group) => { group.spawn(async (task) => { for await (const item of receive.values(group)) use(item); }); });",
      "taskGroup(async (group) => { group.spawn(async (task) => { for await (const item of receive.values(task)) use(item); }); });",
      "group",
      "spawn",
    ),
    finding(
      "taskGroup(async (group) => { group.spawn(async (task) => { await Promise.all(list.map((ms) => sleep(ms, group))); }); });",
      "taskGroup(async (group) => { group.spawn(async (task) => { await Promise.all(list.map((ms) => sleep(ms, task))); }); });",
      "group",
      "spawn",
    ),
    finding(
      "await using group = openTaskGroup(); group.spawn(async (task) => { await sleep(1, group); });",
      "await using group = openTaskGroup(); group.spawn(async (task) => { await sleep(1, task); });",
      "group",
      "spawn",
    ),
    finding(
      "taskGroup(async (group) => { group.defer(async (scope) => { await sleep(1, group); }); });",
      "taskGroup(async (group) => { group.defer(async (scope) => { await sleep(1, scope); }); });",
      "group",
      "defer",
    ),
    finding(
      "taskGroup(async (group) => { await mapConcurrent(list, async (item, task) => { await sleep(item, group); }, { scope: group }); });",
      "taskGroup(async (group) => { await mapConcurrent(list, async (item, task) => { await sleep(item, task); }, { scope: group }); });",
      "group",
      "mapConcurrent",
    ),
    finding(
      "taskGroup(async (group) => { group.spawn(async (task) => { await shield((scope) => sleep(1, task), { scope: task }); }); });",
      "taskGroup(async (group) => { group.spawn(async (task) => { await shield((scope) => sleep(1, scope), { scope: task }); }); });",
      "task",
      "shield",
    ),
    finding(
      "taskGroup(async (group) => { const work = async (task) => { await sleep(1, group); }; group.spawn(work); });",
      "taskGroup(async (group) => { const work = async (task) => { await sleep(1, task); }; group.spawn(work); });",
      "group",
      "spawn",
    ),
  ] as never,
});

typescript.run("no-outer-scope, with types", rule, {
  valid: [
    'import { type TaskGroup, sleep } from "skein"; function every(group: TaskGroup, ms: number) { group.spawn(async (task) => { await sleep(ms, task); }); }',
  ],
  invalid: [
    {
      code: 'import { type TaskGroup, sleep } from "skein"; function every(group: TaskGroup, ms: number) { group.spawn(async (task) => { await sleep(ms, group); }); }',
      errors: [
        {
          message:
            "This waits under `group` in the body of `spawn`: what cancels that body alone does not interrupt it. Wait under the body's own scope, `task`.",
          suggestions: [
            {
              messageId: "own",
              output:
                'import { type TaskGroup, sleep } from "skein"; function every(group: TaskGroup, ms: number) { group.spawn(async (task) => { await sleep(ms, task); }); }',
            },
          ],
        },
      ],
    },
  ],
});
