// Prints the spans of two requests as OpenTelemetry has them: node examples/observing/spans.ts
import {
  input,
  isCancelled,
  provide,
  resolveDependencies,
  sleep,
  type TaskScope,
  taskGroup,
} from "skein";
import { render } from "./render.ts";
import { type EndedSpan, takeSpans, tracer } from "./telemetry.ts";

const id = input<number>()("id");
const inThreads: EndedSpan[] = [];

/** As a driver that makes a span of its own. */
async function query(text: string, scope: { signal: AbortSignal }): Promise<string> {
  return await tracer.startActiveSpan(`query ${text}`, async (span) => {
    await sleep(1, scope);
    span.end();
    return text;
  });
}

const database = provide(
  async function* (_, { scope }) {
    yield await query("connect", scope);
  },
  { name: "database" },
);
const user = provide(
  { database, id },
  async ({ id }, { scope }) => {
    await query("user", scope);
    if (id === 2) throw new Error("There is no user 2");
    return "Ada";
  },
  { name: "user" },
);

async function page(task: TaskScope, id: number): Promise<void> {
  await resolveDependencies({ user }, { inputs: { id }, scope: task }, ({ user }) =>
    taskGroup(
      (group) => {
        group.spawn((own) => query("advertisements", own), { name: "advertisements" });
        group.spawn(
          async (own) => {
            const { spans } = await render.in(own)(user);
            inThreads.push(...spans);
          },
          { name: "template" },
        );
      },
      { scope: task },
    ),
  );
}

/** A page that fails is seen in its span; a cancellation goes on. */
function notCancelled(error: unknown): void {
  if (isCancelled(error)) throw error;
}

await taskGroup((group) => {
  for (const id of [1, 2]) {
    // What an HTTP server's instrumentation does.
    void tracer.startActiveSpan(`GET /page/${id}`, async (span) => {
      await group.spawn((task) => page(task, id).catch(notCancelled), { name: "request" });
      span.end();
    });
  }
});

const spans = [...takeSpans(), ...inThreads];
function print(parent: string | undefined, indent: string): void {
  const below = spans.filter((span) => span.parent === parent);
  for (const { name, id, failed } of below.toSorted((a, b) => a.name.localeCompare(b.name))) {
    console.log(`${indent}${name}${failed ? " (failed)" : ""}`);
    print(id, `${indent}  `);
  }
}
print(undefined, "");
