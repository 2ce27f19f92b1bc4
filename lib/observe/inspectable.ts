import type { Server, Socket } from "node:net";
import { processFor } from "../host.ts";
import { KnownOptions } from "../scope/options.ts";
import { checkString } from "../scope/option-values.ts";
import { processReport } from "./process-report.ts";
import { reportFolder, reportSocket } from "./report-socket.ts";

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
}

const INSPECTABLE_OPTIONS = /* @__PURE__ */ new KnownOptions<InspectableOptions>(
  "`inspectable`",
  () => ({ socket: checkString }),
);

/**
 * A process that `skein ps` can look at.
 *
 * @public
 */
export interface Inspectable extends AsyncDisposable {
  /** What it listens on. */
  readonly socket: string;
}

/**
 * Lets `npx skein ps <pid>` look at this process: whoever connects to its socket is sent one report, the task tree and what the
 * threads do, as JSON. It takes no commands and keeps no process alive. Without it, `skein ps` has to open Node's inspector in the
 * process for a moment, through which anybody on the machine could run code in it.
 *
 * **Cancellation:** none; dispose what it resolves with.
 *
 * @param options - where it listens
 * @returns resolves once it listens; disposing it closes the socket and removes it
 * @throws TypeError, synchronously, for an option that is none of what is expected
 * @throws NotSupportedError, synchronously, where there is no process, as in a browser
 * @throws Error, as a rejection, the system's, if the socket cannot be opened: `EADDRINUSE` if another process listens there
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
  const { socket } = INSPECTABLE_OPTIONS.read(options);
  processFor("inspectable");
  return open(socket);
}

async function open(given: string | undefined): Promise<Inspectable> {
  const socket = given ?? reportSocket(process.pid);
  if (given === undefined) makeFolder();
  const { createServer } = process.getBuiltinModule("net");
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
    // Whoever has gone away needs no report.
    connection.on("error", () => {});
    connection.unref();
    connection.end(JSON.stringify(processReport()));
  });
  server.unref();
  await listening(server, socket);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      // Also removes the socket.
      server.close(() => resolve());
      for (const connection of connections) connection.destroy();
    });
  return { socket, [Symbol.asyncDispose]: () => (closed ??= close()) };
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

/** @throws Error if somebody else has made a folder there, who could take away the socket and put another in its place */
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
