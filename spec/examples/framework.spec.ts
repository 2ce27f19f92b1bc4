import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { override, provide } from "skein";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpError } from "../../examples/framework/framework.ts";
import { currentUser, database, shop } from "../../examples/framework/shop.ts";

const autocannon = createRequire(import.meta.url).resolve("autocannon");

type Server = Awaited<ReturnType<ReturnType<typeof shop>["listen"]>>;

async function ask(
  server: Server,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(new URL(path, server.url), init);
  return { status: response.status, answer: await response.json() };
}

const ada = { headers: { authorization: "ada" } };
const bob = { headers: { authorization: "bob", "content-type": "application/json" } };

describe("a web framework on skein", () => {
  let server: Server;

  beforeAll(async () => {
    server = await shop().listen();
  });

  afterAll(() => server.close());

  it("awaits async handlers and dependencies, and runs plain ones in worker threads", async () => {
    expect(await ask(server, "/")).toEqual({ status: 200, answer: { hello: "world" } });
    expect(await ask(server, "/me?page=2", ada)).toEqual({
      status: 200,
      answer: { name: "Ada", admin: true, page: 2 },
    });
    expect(await ask(server, "/digest/abc")).toEqual({
      status: 200,
      answer: { digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    });
    expect(await ask(server, "/thread")).toEqual({ status: 200, answer: { thread: "worker" } });
  });

  it("turns an error from anywhere in the graph into an answer, also from a worker thread", async () => {
    expect((await ask(server, "/me")).status).toBe(401);
    expect(await ask(server, "/me?page=x", ada)).toEqual({
      status: 400,
      answer: { error: "Expected `page` to be an integer of 1 or more, got x" },
    });
  });

  it("commits before it answers, and rolls back when the handler fails", async () => {
    const before = (await ask(server, "/log")).answer as string[];
    await ask(server, "/me", ada);
    expect((await ask(server, "/log")).answer).toEqual([...before, "commit"]);
    const refused = await ask(server, "/users", { ...bob, method: "POST", body: "{}" });
    expect(refused).toEqual({
      status: 403,
      answer: { error: "Only an administrator may add users" },
    });
    expect((await ask(server, "/log")).answer).toEqual([...before, "commit", "rollback"]);
  });

  it("cancels the graph of a request whose client goes away", async () => {
    const started = withResolvers<void>();
    const reasons: unknown[] = [];
    const cancelled = withResolvers<void>();
    const slow = provide({ database }, async (_, { signal }) => {
      started.resolve();
      await once(signal, "abort");
      reasons.push((signal.reason as Error).name);
      cancelled.resolve();
      throw signal.reason;
    });
    const other = await shop({ overrides: [override(currentUser, slow as never)] }).listen();
    const client = request(new URL("/me", other.url));
    client.on("error", () => {});
    client.end();
    await started.promise;
    client.destroy();
    await cancelled.promise;
    expect(reasons).toEqual(["ClientGone"]);
    await other.close();
  });

  it("fails a request that takes too long, and the thread that it kept is free again", async () => {
    const hasty = await shop({ timeoutMs: 30 }).listen();
    const { status } = await ask(hasty, "/primes?below=1000000000");
    expect(status).toBe(504);
    expect((await ask(server, "/thread")).status).toBe(200);
    await hasty.close();
  });

  it("takes overrides in tests", async () => {
    const guest = provide(async () => ({ name: "Guest", admin: false }));
    const nobody = provide(async () => {
      throw httpError(418, "teapot");
    });
    const one = await shop({ overrides: [override(currentUser, guest)] }).listen();
    const two = await shop({ overrides: [override(currentUser, nobody)] }).listen();
    expect((await ask(one, "/me")).answer).toEqual({ name: "Guest", admin: false, page: 1 });
    expect(await ask(two, "/me")).toEqual({ status: 418, answer: { error: "teapot" } });
    await Promise.all([one.close(), two.close()]);
  });

  it("answers every request of 200 connections to a plain handler, and the async route meanwhile", async () => {
    const url = `${server.url}/primes?below=10000`;
    const load = spawn(process.execPath, [autocannon, "--json", "-c200", "-a400", "-t120", url]);
    const result = text(load.stdout);
    let ended = false;
    void result.then(() => (ended = true));
    let answers = 0;
    while (!ended) {
      expect((await ask(server, "/")).status).toBe(200);
      answers++;
    }
    const { errors, non2xx, "2xx": good } = JSON.parse(await result) as Record<string, number>;
    expect({ errors, non2xx, good }).toEqual({ errors: 0, non2xx: 0, good: 400 });
    expect(answers).toBeGreaterThan(100);
  });
});

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((r) => (resolve = r));
  return { promise, resolve };
}
