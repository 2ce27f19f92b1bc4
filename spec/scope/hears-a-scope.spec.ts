import { exec, execFile, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { cancelScope } from "../../lib/index.ts";

interface Options {
  readonly signal?: AbortSignal;
}

const file = new URL("../../package.json", import.meta.url);

/** Calls `use` with the address of a server that answers at once. */
async function served(use: (url: string) => Promise<unknown>): Promise<unknown> {
  const server = createServer((_request, response) => response.end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Those that read `signal` from the object that they are given. */
const hears: Readonly<Record<string, (options: Options) => Promise<unknown>>> = {
  fetch: (options) => served((url) => fetch(url, options)),
  "readFile of node:fs/promises": (options) => readFile(file, options),
  "node:timers/promises": (options) => delay(1, undefined, options),
  "once of node:events": (options) => {
    const emitter = new EventEmitter();
    setTimeout(() => emitter.emit("event"), 1);
    return once(emitter, "event", options);
  },
  "pipeline of node:stream/promises": (options) => {
    const source = new PassThrough();
    source.end("text");
    return pipeline(source, new PassThrough().resume(), options);
  },
};

/** Those that copy the object first, and with it only what it has of its own. */
const copies: Readonly<Record<string, (options: Options) => Promise<unknown>>> = {
  execFile: (options) => promisify(execFile)(process.execPath, ["-e", ""], options),
  exec: (options) => promisify(exec)("exit 0", options),
  spawn: (options) => once(spawn(process.execPath, ["-e", ""], options), "close"),
  "http.get": (options) =>
    served(
      (url) =>
        new Promise((resolve, reject) => {
          get(url, options, (response) => response.resume().on("end", resolve)).on("error", reject);
        }),
    ),
  createReadStream: async (options) => {
    for await (const _chunk of createReadStream(file, options));
  },
  "{ ...scope }": (options) => delay(1, undefined, { ...options }),
};

const isHeard = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => false,
    () => true,
  );

describe.each(Object.entries({ ...hears, ...copies }))("%s", (name, call) => {
  it("hears { signal }, and is listed rightly as to whether it hears a scope", async () => {
    const heard: boolean[] = [];
    await cancelScope(async (scope) => {
      scope.cancel();
      heard.push(await isHeard(call({ signal: scope.signal })), await isHeard(call(scope)));
    });
    expect(heard).toEqual([true, name in hears]);
  });

  it("is in the guide", () => {
    const guide = readFileSync(new URL("../../docs/cancellation.md", import.meta.url), "utf8");
    expect(guide).toContain(`\`${name.split(" of ")[0]}\``);
  });
});
