import { channel } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CapacityLimiter,
  fresh,
  inline,
  inspectable,
  type Inspectable,
  lifetime,
  openChannel,
  provide,
  RateLimiter,
  resolveDependencies,
  taskGroup,
  Threadpool,
} from "../../lib/index.ts";
import type { Frame } from "../../lib/observe/page/feed.ts";
import { observe } from "../support/observed.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "skein-page-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const withPage = (): Promise<Inspectable> =>
  inspectable({ socket: join(folder, "a.sock"), page: true });

/** What the page is answered. */
function get(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers, method }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode!, headers: response.headers, body }),
        reject,
      );
    })
      .on("error", reject)
      .end();
  });
}

/** Frames as the page is sent them, until somebody has seen enough. */
async function* framesOf(url: string): AsyncGenerator<Frame, void, undefined> {
  const leaving = new AbortController();
  const response = await fetch(new URL("events", url), { signal: leaving.signal });
  let rest = "";
  try {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n\n");
      rest = lines.pop()!;
      for (const line of lines) yield JSON.parse(line.replace(/^data: /, "")) as Frame;
    }
  } finally {
    leaving.abort();
  }
}

async function frameWith(url: string, isIt: (frame: Frame) => boolean): Promise<Frame> {
  for await (const frame of framesOf(url)) if (isIt(frame)) return frame;
  throw new Error("There were no more frames");
}

const events = ["task", "provider", "thread"].flatMap((kind) =>
  ["start", "asyncEnd"].map((step) => `tracing:skein:${kind}:${step}`),
);
const made = ["skein:channel:open", "skein:limiter:create", "skein:lifetime:open"];
const heard = (names: readonly string[]): string[] =>
  names.filter((name) => channel(name).hasSubscribers);

describe("inspectable with a page", () => {
  it("has no page unless it is asked for one", async () => {
    await using opened = await inspectable({ socket: join(folder, "a.sock") });
    expect(opened.page).toBeUndefined();
  });

  it("serves one text that asks for nothing else, at an address that is secret", async () => {
    await using opened = await withPage();
    await using other = await inspectable({ socket: join(folder, "b.sock"), page: true });
    const address = /^http:\/\/127\.0\.0\.1:(\d+)\/([\w-]{32,})\/$/;
    const [, port, token] = address.exec(opened.page!)!;
    const [, otherPort, otherToken] = address.exec(other.page!)!;
    expect(port).not.toBe(otherPort);
    expect(token).not.toBe(otherToken);
    const { status, body } = await get(opened.page!);
    expect(status).toBe(200);
    expect(body).toMatch(/^<!doctype html>/);
    expect(body).not.toMatch(/\b(?:src|href)="(?!data:)|\bimport\(|https?:\/\//);
  });

  it("tells the browser to run nothing but its own script, and to tell nobody where it is", async () => {
    await using opened = await withPage();
    const { headers, body } = await get(opened.page!);
    const policy = String(headers["content-security-policy"]);
    const nonce = /script-src 'nonce-([\w-]+)'/.exec(policy)![1];
    expect(body).toContain(`<script nonce="${nonce}">`);
    expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
    expect(String((await get(opened.page!)).headers["content-security-policy"])).not.toBe(policy);
  });

  it.each([
    ["another path", (url: string) => new URL("/", url).href],
    ["a part of the secret", (url: string) => url.replace(/\w\/$/, "/")],
    [
      "another secret",
      (url: string) => url.replace(/[\w-]+\/$/, (it) => "x".repeat(it.length - 1) + "/"),
    ],
    ["what is not there", (url: string) => `${url}report`],
    ["the events without the secret", (url: string) => new URL("/events", url).href],
  ])("shows nothing to whoever asks for %s", async (_, change) => {
    await using opened = await withPage();
    const { status, body } = await get(change(opened.page!));
    expect(status).toBe(404);
    expect(body).not.toContain("<");
  });

  it.each([
    ["a name of somebody else that leads here", { host: "evil.example:80" }],
    ["a name that only begins like ours", { host: "localhost.evil.example" }],
    ["a name behind ours", { host: "[::1].evil.example" }],
    ["a page of somebody else", { origin: "http://evil.example" }],
    ["a page of another port", { origin: "http://127.0.0.1:1" }],
    ["a page without an origin of its own", { origin: "null" }],
  ])("refuses %s, also with the secret", async (_, headers) => {
    await using opened = await withPage();
    for (const path of ["", "events"]) {
      expect(await get(`${opened.page}${path}`, headers)).toMatchObject({ status: 403 });
    }
  });

  it("answers through a tunnel, which has another port", async () => {
    await using opened = await withPage();
    for (const host of ["localhost:8080", "[::1]:8080", "127.0.0.1"]) {
      const headers = { host, origin: `http://${host}` };
      expect(await get(opened.page!, headers)).toMatchObject({ status: 200 });
    }
  });

  it("takes no commands", async () => {
    await using opened = await withPage();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await get(opened.page!, {}, method);
      expect([status, headers["allow"]]).toEqual([405, "GET"]);
    }
  });

  it("sends what runs, and the channels, limiters and lifetimes that were made since", async () => {
    const before = new CapacityLimiter(1);
    await using opened = await withPage();
    await using pool = new Threadpool({ maxThreads: 1 });
    const [send, receive] = openChannel<number>({ capacity: 4 });
    const [endless, nothing] = openChannel<number>({ capacity: Infinity });
    const limiter = new CapacityLimiter(2);
    const mails = new RateLimiter({ limit: 5, perMs: 60_000 });
    const App = lifetime("app");
    const database = provide.in(App)(async () => "db", { name: "database" });
    const own = provide.in(App)(
      { one: fresh(inline.in(App)(() => 1, { name: "" })) },
      async () => "own",
      {
        name: "own",
      },
    );
    await using app = App.open();
    await resolveDependencies({ database, own }, { within: app }, () => {});
    await send.send(1);
    const permit = limiter.tryAcquire();
    mails.tryAcquire();
    const { report } = await taskGroup(
      async (group) => {
        group.background((task) => nothing.receive(task), { name: "consumer" });
        return frameWith(opened.page!, (frame) => JSON.stringify(frame).includes("consumer"));
      },
      { name: "server" },
    );
    expect(report.tasks).toMatchObject([{ name: "server", children: [{ name: "consumer" }] }]);
    const site = expect.stringMatching(/page\.spec\.ts:\d+:\d+/) as string;
    expect(report.channels).toMatchObject([
      { site, capacity: 4, buffered: 1, waitingToReceive: 0 },
      { site, capacity: null, buffered: 0, waitingToReceive: 1 },
    ]);
    // None of before, and none of the library's own.
    expect(report.limiters).toMatchObject([
      { site, kind: "CapacityLimiter", figures: { total: 2, used: 1 } },
      { site, kind: "RateLimiter", figures: { limit: 5, available: 4 } },
    ]);
    expect(report.lifetimes).toMatchObject([
      { site, name: "app", isOpen: true, holds: ["database", "one", "own"], makes: [] },
    ]);
    for (const end of [send, receive, endless, nothing, permit!, before, pool]) void end;
  });

  it("leaves out channels that are closed and lifetimes that are over", async () => {
    await using opened = await withPage();
    const [send, receive] = openChannel<number>({ capacity: 1 });
    const app = lifetime("app").open();
    const there = async (): Promise<number[]> => {
      const { report } = await frameWith(opened.page!, () => true);
      return [report.channels!.length, report.lifetimes!.length];
    };
    expect(await there()).toEqual([1, 1]);
    await app.close();
    await send.send(1);
    send.close();
    // What is left in it can be received.
    expect(await there()).toEqual([1, 0]);
    receive.close();
    expect(await there()).toEqual([0, 0]);
  });

  it("tells of spans and counts what ends, while somebody looks", async () => {
    await using opened = await withPage();
    await taskGroup((group) => void group.spawn(() => {}, { name: "unseen" }));
    const frames = framesOf(opened.page!);
    const first = (await frames.next()).value as Frame;
    expect([first.spans, first.ended]).toEqual([[], []]);
    await taskGroup((group) => {
      for (let n = 0; n < 3; n++) group.spawn(() => {}, { name: "seen" });
      group.spawn(() => Promise.reject(new Error("no")), { name: "fails" });
    }).catch(() => {});
    const second = (await frames.next()).value as Frame;
    expect(second.spans.map(({ name }) => name)).toEqual(["seen", "seen", "seen", "fails"]);
    for (const { from, to } of second.spans) expect(to).toBeGreaterThanOrEqual(from);
    expect(second.ended).toMatchObject([
      { category: "task", name: "seen", count: 3, failed: 0 },
      { category: "task", name: "fails", count: 1, failed: 1 },
    ]);
    await frames.return();
    await expect.poll(() => heard(events)).toEqual([]);
  });

  it("sends no more than can be seen, and says how many that leaves out", async () => {
    await using opened = await withPage();
    const frames = framesOf(opened.page!);
    await frames.next();
    await taskGroup((group) => {
      for (let n = 0; n < 10_000; n++) group.spawn(() => {}, { name: `task ${n}` });
    });
    const { spans, omitted, ended } = (await frames.next()).value as Frame;
    expect(spans).toHaveLength(400);
    expect(spans.length + omitted).toBe(10_000);
    expect(ended.length).toBeLessThan(310);
    expect(ended.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    await frames.return();
  });

  it("keeps no process alive, also while somebody looks", { timeout: 120_000 }, async () => {
    const program = observe("pages.mjs", []);
    await program.prints("http");
    const url = /http\S+/.exec(program.output.stdout)![0];
    const frames = framesOf(url);
    await frames.next();
    program.child.kill("SIGUSR2");
    await program.ended;
    expect(program.child.exitCode).toBe(0);
    await frames.return().catch(() => {});
  });

  it("closes while somebody looks, and leaves nothing behind", async () => {
    const opened = await withPage();
    expect(heard([...events, ...made])).toEqual(made);
    const frames = framesOf(opened.page!);
    expect((await frames.next()).done).toBe(false);
    expect(heard([...events, ...made])).toEqual([...events, ...made]);
    await opened[Symbol.asyncDispose]();
    expect(heard([...events, ...made])).toEqual([]);
    await frames.next().catch(() => {});
    await expect(fetch(opened.page!)).rejects.toThrow("fetch failed");
  });
});
