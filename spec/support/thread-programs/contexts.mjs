// What a storage of a module has in threads: in declared functions, closures, iterations, providers, and below threads.
import { AsyncLocalStorage } from "node:async_hooks";
import {
  iterateInThreadpool,
  provide,
  resolveDependencies,
  runInThreadpool,
  threadContext,
} from "skein";
import { logContext, read, traces } from "./log-context.mjs";

// Its modules are the files that their addresses say, other than those of the test runner that has started it.
delete process.env.VITEST;

const print = (value) => console.log(JSON.stringify(value));
/** Of the program itself, which no thread imports. */
const own = new AsyncLocalStorage();
threadContext(import.meta, own);

print(await read());
await own.run("own", () =>
  logContext.run({ id: 7 }, async () => {
    print(await read());
    print(await traces.run({ header: "00-ab" }, read));
    print(await runInThreadpool(() => logContext.getStore()));
    print(
      await runInThreadpool(async () => {
        await Promise.resolve();
        return logContext.getStore();
      }),
    );
    const items = [];
    const steps = function* () {
      for (let step = 0; step < 40; step++) yield logContext.getStore().id;
    };
    for await (const item of iterateInThreadpool(steps)) items.push(item);
    print([items.length, [...new Set(items)]]);
    const held = provide(
      function* () {
        const before = logContext.getStore();
        yield before;
        if (logContext.getStore().id !== before.id) throw new Error("another context");
      },
      { name: "held" },
    );
    print(await resolveDependencies({ held }, {}, (values) => values.held));
    print(
      await runInThreadpool(async () => {
        const { runInThreadpool: below } = await import("skein");
        return await below(() => logContext.getStore());
      }),
    );
  }),
);
const changing = { id: 1 };
const late = logContext.run(changing, () => Array.from({ length: 8 }, read));
changing.id = 2;
print((await Promise.all(late)).map(([store]) => store.id));
const refused = await logContext
  .run({ id: 1, socket: { send() {} } }, read)
  .catch((error) => error);
print([refused.name, refused.path]);
print(await read());
