import type { Server, Socket } from "node:net";
import { processFor } from "../host.ts";
import { KnownOptions } from "../scope/options.ts";
import { checkBoolean, checkString } from "../scope/option-values.ts";
import type { OpenPage } from "./page/open-page.ts";
import { processReport } from "./process-report.ts";
import { Registry } from "./registry.ts";
import { reportFolder, reportSocket } from "./report-socket.ts";
import { microseconds, SpanRecorder } from "./span-recorder.ts";

/**
 * Where a process can be looked at.
 *
 * @public
 */
export interface InspectableOptions {
  /**
   * The path of a Unix socket (on Windows the name of a pipe) that it listens on. Default: one that `skein ps` finds by
   * the process id, in a folder of the system's temporary one that only the user of the process can enter.
   */
  socket?: string | undefined;
  /**
   * Whether to serve a page that shows the process in a browser, on a port of `127.0.0.1` that the system chooses.
   * Everybody on this machine who knows its address, which is secret, can see what `skein ps` shows: names of tasks,
   * files and reasons of cancellations. Default: `false`.
   */
  page?: boolean | undefined;
}

const INSPECTABLE_OPTIONS = /* @__PURE__ */ new KnownOptions<InspectableOptions>(
  "`inspectable`",
  () => ({ socket: checkString, page: checkBoolean }),
);

/**
 * A process that `skein ps` can look at.
 *
 * @public
 */
export interface Inspectable extends AsyncDisposable {
  /** What it listens on. */
  readonly socket: string;
  /** The address of the page, if there is one, with the secret in it. Whoever has it can look at the process. */
  readonly page: string | undefined;
}

/**
 * Lets `npx skein ps <pid>` look at this process: whoever connects to its socket is sent one report, the task tree and
 * what the threads do, as JSON. It takes no commands and keeps no process alive. Without it, `skein ps` has to open
 * Node's inspector in the process for a moment, through which anybody on the machine could run code in it.
 *
 * From now on it is known which channels, limiters and lifetimes are opened, and where, so those are in the report as
 * well. With `page` the same is on a page, beside rates, latencies and a timeline of what has just run, which are
 * counted only while somebody has the page open.
 *
 * **Cancellation:** none; dispose what it resolves with.
 *
 * @param options - where it listens
 * @returns resolves once it listens; disposing it closes the socket and removes it
 * @throws TypeError, synchronously, if an option is invalid
 * @throws NotSupportedError, synchronously, where there is no process, as in a browser
 * @throws Error, as a rejection, the system's, if the socket cannot be opened: `EADDRINUSE` if another process listens
 *   there
 *
 * @example
 * ```ts
 * import { inspectable } from "skein";
 *
 * await using looked = await inspectable();
 * console.log(looked.socket.includes(String(process.pid))); // then: npx skein ps <pid>
 * // prints: true
 * ```
 *
 * @public
 */
export function inspectable(options?: InspectableOptions): Promise<Inspectable> {
  const { socket, page = false } = INSPECTABLE_OPTIONS.read(options);
  processFor("inspectable");
  return open(socket, page);
}

async function open(given: string | undefined, hasPage: boolean): Promise<Inspectable> {
  const socket = given ?? reportSocket(process.pid);
  if (given === undefined) makeFolder();
  const registry = new Registry();
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    registry[Symbol.dispose]();
    await Promise.all(closing.map((part) => part()));
  };
  try {
    closing.push(await openSocket(socket, registry));
    const page = hasPage ? await openPage(registry) : undefined;
    if (page !== undefined) closing.push(() => page.close());
    let closed: Promise<void> | undefined;
    return { socket, page: page?.url, [Symbol.asyncDispose]: () => (closed ??= close()) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Loaded when somebody wants it. */
async function openPage(registry: Registry): Promise<OpenPage> {
  const { openPage } = await import("./page.ts");
  return openPage({
    report: () => processReport(registry),
    record: (listener) => new SpanRecorder(listener),
    now: microseconds,
  });
}

/** @returns closes it and removes the socket */
async function openSocket(socket: string, registry: Registry): Promise<() => Promise<void>> {
  const { createServer } = process.getBuiltinModule("net");
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
    // Whoever has gone away needs no report.
    connection.on("error", () => {});
    connection.unref();
    connection.end(JSON.stringify(processReport(registry)));
  });
  server.unref();
  await listening(server, socket);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const connection of connections) connection.destroy();
    });
}

async function listening(server: Server, socket: string): Promise<void> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      return await new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(socket, () => {
          server.off("error", reject);
          resolve();
        });
      });
    } catch (error) {
      if (isSecond || !(await removedIfLeft(socket, error))) throw error;
    }
  }
}

/** Removes a socket that a process has left behind which was killed. */
async function removedIfLeft(socket: string, error: unknown): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return false;
  const { lstatSync, unlinkSync } = process.getBuiltinModule("fs");
  const { connect } = process.getBuiltinModule("net");
  if (process.platform === "win32" || !lstatSync(socket).isSocket()) return false;
  const code = await new Promise<string | undefined>((resolve) => {
    const connection = connect(socket);
    connection.once("error", (refused: NodeJS.ErrnoException) => resolve(refused.code));
    connection.once("connect", () => {
      connection.destroy();
      resolve(undefined);
    });
  });
  if (code !== "ECONNREFUSED") return false;
  unlinkSync(socket);
  return true;
}

/**
 * @throws Error if somebody else has made a folder there, who could take away the socket and put another in its place
 */
function makeFolder(): void {
  if (process.platform === "win32") return;
  const { lstatSync, mkdirSync } = process.getBuiltinModule("fs");
  const folder = reportFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new Error(
      `Expected ${folder} to be a folder that only this user can enter: pass \`socket\`, the path of one in another folder`,
    );
  }
}
