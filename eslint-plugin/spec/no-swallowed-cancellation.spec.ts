import rule from "../lib/rules/no-swallowed-cancellation.js";
import { javascript, typescript } from "./rule-tester.ts";

const skein =
  'import { taskGroup, sleep, failAfter, isCancelled, shield, cancelScope, provide } from "skein";\n';
const inTask = (lines: string): string =>
  `${skein}taskGroup((group) => { group.spawn(async (task) => { ${lines} }); });`;

function swallowed(lines: string, output?: string): object {
  const suggestions =
    output === undefined ? [] : [{ messageId: "rethrow", output: inTask(output) }];
  return { code: inTask(lines), errors: [{ messageId: "swallowed", suggestions }] };
}

javascript.run("no-swallowed-cancellation", rule, {
  valid: [
    ...[
      "try { await load(task); } catch (error) { throw error; }",
      "try { await load(task); } catch (error) { if (error instanceof NotFound) return; throw error; }",
      "try { await load(task); } catch (error) { if (isCancelled(error, task)) throw error; return 1; }",
      "try { await load(task); } catch (error) { if (isCancelled(error, task)) return 1; log(error); }",
      "try { await load(task); } catch (error) { task.throwIfCancelled(); return 1; }",
      "try { await load(task); } catch { if (task.cancelled) return; }",
      "try { await load(task); } catch { task.signal.throwIfAborted(); }",
      "try { await load(task); } catch (error) { reject(error); }",
      "try { await load(task); } catch (error) { controller.error(error); }",
      "try { await load(task); } catch (error) { deferred.reject(error); }",
      "try { await load(task); } catch (error) { return error; }",
      "let failure; try { await load(task); } catch (error) { failure = error; }",
      "try { await load(task); } catch (error) { console.error(error); process.exit(1); }",
      "try { await load(task); } catch (error) { console.error(error); await sleep(1, task); }",
      "for (;;) { try { await load(task); } catch (error) { console.error(error); } await sleep(1, task); }",
      "for (;; await sleep(1, task)) { try { await load(task); } catch (error) { console.error(error); } }",
      "try { JSON.parse(text); } catch { return; }",
      "try { await load(); } catch { return; }",
      "try { await group.spawn(work); } catch (error) { console.error(error); }",
      "try { later(async () => { await load(task); }); } catch { return; }",
      "try { use(task); } catch { return; }",
      "try { await load(task); } finally { done(); }",
      "await shield(async (scope) => { try { await flush(scope); } catch {} }, { scope: task });",
      "try { await shield(flush, { scope: task }); } catch {}",
      "const error = await load(task).catch((error) => error);",
      "await load(task).catch(console.error);",
      "await load(task).then(use);",
      "await load(task).catch((error) => { throw new Failure({ cause: error }); });",
      "await load(task).catch(() => {}); await sleep(1, task);",
      "const running = load(task).catch(() => {});",
      "await sleep(Infinity, task).catch(() => {}); stop();",
      "try { await sleep(Infinity, task); } catch {} stop();",
      "function complain(error) { if (!mine(error)) throw error; } try { await load(task); } catch (error) { complain(error); }",
    ].map(inTask),
    `${skein}try { await failAfter(1, body); } catch (error) { console.log(error); }`,
    `${skein}async function load(task) { try { await read(task); } catch { return 1; } }`,
    'import { taskGroup } from "other"; taskGroup(async (task) => { try { await load(task); } catch {} });',
    'import { sleep } from "skein/ambient"; try { await sleep(1); } catch (error) { throw error; }',
    'import { shield } from "skein/ambient"; try { await shield(flush); } catch {}',
  ],
  invalid: [
    swallowed(
      "try { await load(task); } catch { return 1; }",
      "try { await load(task); } catch { task.throwIfCancelled(); return 1; }",
    ),
    swallowed(
      "try { await fetch(url, { signal: task.signal }); } catch (error) { console.error(error); }",
      "try { await fetch(url, { signal: task.signal }); } catch (error) { task.throwIfCancelled(); console.error(error); }",
    ),
    swallowed(
      "try { return await failAfter(1, body, { scope: task }); } catch (error) { logger.error(error); }",
      "try { return await failAfter(1, body, { scope: task }); } catch (error) { task.throwIfCancelled(); logger.error(error); }",
    ),
    swallowed(
      "try { for await (const item of receive.values(task)) use(item); } catch (error) { problems.push(error); }",
      "try { for await (const item of receive.values(task)) use(item); } catch (error) { task.throwIfCancelled(); problems.push(error); }",
    ),
    swallowed(
      "for (;;) { try { await load(task); } catch (error) { console.error(error); } }",
      "for (;;) { try { await load(task); } catch (error) { task.throwIfCancelled(); console.error(error); } }",
    ),
    swallowed(
      "try { await load(task); } catch (error) { later(() => { throw error; }); }",
      "try { await load(task); } catch (error) { task.throwIfCancelled(); later(() => { throw error; }); }",
    ),
    swallowed(
      "try { await load(task); } catch (error) { return { problem: String(error) }; }",
      "try { await load(task); } catch (error) { task.throwIfCancelled(); return { problem: String(error) }; }",
    ),
    swallowed(
      "function note(error) { last = error; } try { await load(task); } catch (error) { note(error); }",
      "function note(error) { last = error; } try { await load(task); } catch (error) { task.throwIfCancelled(); note(error); }",
    ),
    swallowed("await load(task).catch(() => undefined);"),
    swallowed("await load(task).then(use, () => undefined);"),
    swallowed(
      "try { await load(task); await sleep(Infinity, task); } catch { stop(); }",
      "try { await load(task); await sleep(Infinity, task); } catch { task.throwIfCancelled(); stop(); }",
    ),
    swallowed(
      "return load(task).catch(() => { count++; });",
      "return load(task).catch(() => { task.throwIfCancelled(); count++; });",
    ),
    {
      code: `${skein}taskGroup((group) => { group.spawn(async ({ signal }) => { try { await fetch(url, { signal }); } catch {} }); });`,
      errors: [
        {
          messageId: "swallowed",
          suggestions: [
            {
              messageId: "rethrow",
              output: `${skein}taskGroup((group) => { group.spawn(async ({ signal }) => { try { await fetch(url, { signal }); } catch { signal.throwIfAborted();} }); });`,
            },
          ],
        },
      ],
    },
    {
      code: 'import { sleep } from "skein/ambient"; async function load() { try { await sleep(1); } catch { return 1; } }',
      errors: [
        {
          message:
            "When the current scope is cancelled, the cancellation ends here like a failure, and the work goes on. Throw it again: `if (isCancelled(error)) throw error;`.",
          suggestions: [],
        },
      ],
    },
  ] as never,
});

typescript.run("no-swallowed-cancellation, with types", rule, {
  valid: [
    'import type { CancelScope } from "skein"; async function load(scope: CancelScope) { try { await read(scope as never); } catch (error: unknown) { throw error as Error; } }',
    'import type { CancelScope } from "skein"; async function load(scope: CancelScope) { const error = await read(scope).catch((error: unknown) => error as Error); }',
  ],
  invalid: [
    {
      code: 'import type { CancelScope } from "skein"; async function load(scope: CancelScope) { try { await read(scope)!; } catch (error: unknown) { console.log(error as Error); } }',
      errors: [
        {
          message:
            "When `scope` is cancelled, the cancellation ends here like a failure, and the work goes on. Throw it again: `if (isCancelled(error, scope)) throw error;`.",
          suggestions: 1,
        },
      ],
    },
    {
      code: 'import type { ScopeLike } from "skein"; async function load(within?: ScopeLike) { try { await read(within); } catch { return 1; } }',
      errors: [{ messageId: "swallowed", suggestions: [] }],
    },
  ],
});
