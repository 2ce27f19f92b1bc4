import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Feed } from "./feed.ts";
import type { OpenPage, PageSource } from "./open-page.ts";
import { pageText } from "./text.ts";

const HOST = "127.0.0.1";
/** Names of this machine as its own browsers say them, also through a tunnel, whose port is another one. */
const OWN_NAMES = ["127.0.0.1", "localhost", "[::1]"];

/** Serves the page to whoever on this machine knows its address, which is secret. */
export async function openPage(source: PageSource): Promise<OpenPage> {
  const token = secret();
  const feed = new Feed(source);
  const server = createServer((request, response) => {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return say(response, ...refusal);
    const [, given = "", place] = (request.url ?? "").split("/", 3);
    if (!isSame(given, token)) return say(response, 404, "The page has another address");
    if (place === "") return sendPage(response);
    if (place === "events") return sendEvents(response, feed);
    return say(response, 404, "There is nothing here");
  });
  // Nobody who looks keeps a process alive.
  server.on("connection", (socket) => socket.unref());
  server.unref();
  server.listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        feed.close();
        server.closeAllConnections();
      }),
  };
}

/**
 * Whoever has had a name of their own point at this machine sends that name, and a page of somebody else says whose it
 * is.
 */
function refusalOf({
  headers,
  method,
}: IncomingMessage): [status: number, why: string] | undefined {
  const host = headers.host ?? "";
  if (!OWN_NAMES.includes(host.replace(/:\d+$/, ""))) {
    return [403, `Expected a request to ${HOST}, got one to another host`];
  }
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    return [403, "Expected a request of the page itself, got one of another origin"];
  }
  return method === "GET" ? undefined : [405, "Expected a GET: there is nothing to change here"];
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...guards(),
    ...(status === 405 ? { allow: "GET" } : {}),
    "content-type": "text/plain; charset=utf-8",
  });
  response.end(`${text}\n`);
}

function sendPage(response: ServerResponse): void {
  const nonce = secret();
  response.writeHead(200, { ...guards(nonce), "content-type": "text/html; charset=utf-8" });
  response.end(pageText.replaceAll("{nonce}", nonce));
}

function sendEvents(response: ServerResponse, feed: Feed): void {
  response.writeHead(200, { ...guards(), "content-type": "text/event-stream" });
  feed.add(response);
}

/** Lets nothing run but the page's own script, and nobody put the page into a frame, keep it, or hear its address. */
function guards(nonce?: string): Record<string, string> {
  const own =
    nonce === undefined ? "" : `script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; `;
  return {
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; ${own}connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}

function isSame(given: string, token: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
