import rule from "../lib/rules/no-floating-group.js";
import { javascript, typescript } from "./rule-tester.ts";

const skein =
  'import { taskGroup, openTaskGroup, all, sleep, main, moveOnAfter, streamConcurrent } from "skein";\n';

function floating(code: string, output?: string): object {
  const suggestions = output === undefined ? [] : [{ messageId: "await", output: skein + output }];
  return { code: skein + code, errors: [{ messageId: "floating", suggestions }] };
}

javascript.run("no-floating-group", rule, {
  valid: [
    "await taskGroup(body);",
    "void taskGroup(body);",
    "const running = taskGroup(body);",
    "export const running = taskGroup(body);",
    "function f() { return taskGroup(body); }",
    "const f = () => taskGroup(body);",
    "taskGroup(body).catch(complain);",
    "taskGroup(body).then(done, complain);",
    "taskGroup(body).then(done).catch(complain).finally(end);",
    "await Promise.all([taskGroup(body)]);",
    "main(body);",
    "{ const taskGroup = mine; taskGroup(body); }",
    "async function f() { await using group = openTaskGroup(); group.spawn(work); await group.join(); }",
    "async function f() { const group = openTaskGroup(); group.spawn(work); await group.join(); }",
    "async function f() { const group = openTaskGroup(); try { group.spawn(work); } finally { await group[Symbol.asyncDispose](); } }",
    "function f() { const group = openTaskGroup(); return group; }",
    "function f() { const group = openTaskGroup(); stack.use(group); group.spawn(work); }",
    "class Server { #group = openTaskGroup(); }",
    "export const group = openTaskGroup();",
  ].map((code) => skein + code),
  invalid: [
    floating("taskGroup(body);", "await taskGroup(body);"),
    floating(
      "async function f() { taskGroup(body); }",
      "async function f() { await taskGroup(body); }",
    ),
    floating("function f() { taskGroup(body); }"),
    floating("if (a) all([f]);", "if (a) await all([f]);"),
    floating("a && all([f]);", "a && await all([f]);"),
    floating("a ? all([f]) : 0;", "a ? await all([f]) : 0;"),
    floating(
      "taskGroup(async (group) => { await using inner = 1; }).finally(end);",
      "await taskGroup(async (group) => { await using inner = 1; }).finally(end);",
    ),
    floating("moveOnAfter(1, body).then(done);", "await moveOnAfter(1, body).then(done);"),
    floating(
      "await taskGroup(async (group) => { group.spawn(async (task) => { sleep(1, task); }); });",
      "await taskGroup(async (group) => { group.spawn(async (task) => { await sleep(1, task); }); });",
    ),
    {
      code: 'import * as sk from "skein/ambient"; sk.taskGroup(body);',
      errors: [
        {
          messageId: "floating",
          suggestions: [
            {
              messageId: "await",
              output: 'import * as sk from "skein/ambient"; await sk.taskGroup(body);',
            },
          ],
        },
      ],
    },
    floating("(0, all([f]));", "(0, await all([f]));"),
    { code: `${skein}openTaskGroup();`, errors: [{ messageId: "lost" }] },
    {
      code: `${skein}async function f() { const group = openTaskGroup(); group.spawn(work); }`,
      errors: [
        {
          messageId: "never",
          suggestions: [
            {
              messageId: "using",
              output: `${skein}async function f() { await using group = openTaskGroup(); group.spawn(work); }`,
            },
          ],
        },
      ],
    },
    {
      code: `${skein}function f() { const group = openTaskGroup(); group.spawn(work); }`,
      errors: [{ messageId: "never", suggestions: [] }],
    },
    {
      code: `${skein}async function f() { let group = openTaskGroup(), other = 1; group.spawn(work); }`,
      errors: [{ messageId: "never", suggestions: [] }],
    },
  ] as never,
});

typescript.run("no-floating-group, with types", rule, {
  valid: [
    'import { openTaskGroup, type OpenTaskGroup } from "skein"; const group: OpenTaskGroup = openTaskGroup(); close(() => group.join());',
  ],
  invalid: [
    {
      code: 'import { taskGroup } from "skein"; (taskGroup<number>(body) as Promise<number>)!.finally(end);',
      errors: [
        {
          messageId: "floating",
          suggestions: [
            {
              messageId: "await",
              output:
                'import { taskGroup } from "skein"; await (taskGroup<number>(body) as Promise<number>)!.finally(end);',
            },
          ],
        },
      ],
    },
  ],
});
