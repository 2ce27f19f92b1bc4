import { lstatSync } from "node:fs";
import { connect as connectTo } from "node:net";
import { text } from "node:stream/consumers";
import type { ProcessReport } from "../observe/process-report.ts";
import { reportSocket } from "../observe/report-socket.ts";
import { attach, type Subject } from "./attach.ts";
import { Failure } from "./failure.ts";

/**
 * Looks at a process: through its socket if it has called `inspectable()`, or else through Node's inspector.
 *
 * @param target - its id, or the path of its socket
 */
export async function connect(target: number | string): Promise<Subject> {
  const socket = typeof target === "string" ? target : reportSocket(target);
  try {
    await ask(socket);
  } catch (error) {
    if (typeof target === "number") return attach(target);
    throw new Failure(`Nobody answers at ${socket} (${(error as Error).message})`);
  }
  return { how: `at ${socket}`, report: () => ask(socket), close: async () => {} };
}

async function ask(socket: string): Promise<ProcessReport> {
  if (process.platform !== "win32") {
    const { uid } = lstatSync(socket);
    if (uid !== process.getuid?.() && process.getuid?.() !== 0) {
      throw new Failure(`The socket ${socket} belongs to another user`);
    }
  }
  const connection = connectTo(socket);
  const report = JSON.parse(await text(connection)) as ProcessReport;
  if (report.version === 1) return report;
  throw new Failure("The process has another version of skein, whose reports this one cannot read");
}
