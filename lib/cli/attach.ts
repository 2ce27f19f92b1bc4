import { readFileSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { ProcessReport, ReportNode } from "../observe/process-report.ts";
import { Failure } from "./failure.ts";
import { Inspector } from "./inspector.ts";
import { listeningPorts } from "./listening-ports.ts";

/** Where Node's inspector listens unless `--inspect-port` says otherwise. */
const USUAL_PORT = 9229;
const OPEN_MS = 3_000;
/** A file that is in every copy of the library, and only there. */
const OF_A_COPY = /^file:\/\/.*\/dist\/core\.js$/;

/** A process that can be asked what it does. */
export interface Subject {
  /** How it is looked at, for the user. */
  readonly how: string;
  report(): Promise<ProcessReport>;
  close(): Promise<void>;
}

/** Looks at a process that has made no preparations: through Node's inspector, which a signal opens in it. */
export async function attach(pid: number): Promise<Subject> {
  refuseOthers(pid);
  const { port, isOpened } = await openedPort(pid);
  const inspector = await Inspector.connect(port);
  try {
    const found = await inspector.evaluate("process.pid");
    if (found !== pid) {
      throw new Failure(
        `Port ${port}, where the inspector of process ${pid} would listen, is that of process ${String(found)}: start the program with --inspect-port=0, or have it call inspectable()`,
      );
    }
    await inspector.leaveAtItsEnd();
    const expression = expressionFor(pid, await inspector.scripts());
    return {
      how: `through Node's inspector, on 127.0.0.1:${port}${isOpened ? ", which is closed again at the end" : ""}`,
      report: async () => joined((await inspector.evaluate(expression)) as string),
      async close() {
        // Once its event loop turns: closing waits for us.
        if (isOpened) {
          await inspector
            .evaluate(`void setImmediate(() => process.getBuiltinModule("node:inspector").close())`)
            .catch(() => {});
        }
        await inspector.close();
      },
    };
  } catch (error) {
    await inspector.close();
    throw error;
  }
}

/** The signal ends a process that does not know it. */
function refuseOthers(pid: number): void {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") throw new Failure(`There is no process ${pid}`);
    if (code === "EPERM") throw new Failure(`Process ${pid} belongs to another user`);
    throw error;
  }
  if (process.platform !== "linux") return;
  const program = programOf(pid);
  const caught = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  const knows = (BigInt(`0x${caught ?? "0"}`) >> BigInt(constants.signals.SIGUSR1 - 1)) & 1n;
  if (basename(program).includes("node") && knows === 1n) return;
  throw new Failure(
    `Process ${pid} is ${program}, and not a Node whose inspector a signal opens: have it call inspectable()`,
  );
}

/** @throws Failure if it belongs to somebody else */
function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    throw new Failure(`Process ${pid} belongs to another user`);
  }
}

/** The port of the process's inspector, once it is open. */
async function openedPort(pid: number): Promise<{ port: number; isOpened: boolean }> {
  const before = listeningPorts(pid);
  (process as unknown as { _debugProcess(pid: number): void })._debugProcess(pid);
  if (before === undefined) return { port: USUAL_PORT, isOpened: false };
  const configured = configuredPort(pid);
  if (configured !== undefined && before.has(configured))
    return { port: configured, isOpened: false };
  const end = performance.now() + OPEN_MS;
  while (performance.now() < end) {
    await setTimeout(20);
    for (const port of listeningPorts(pid) ?? []) {
      if (!before.has(port)) return { port, isOpened: true };
    }
  }
  if (before.has(USUAL_PORT)) return { port: USUAL_PORT, isOpened: false };
  throw new Failure(
    `Process ${pid} has not opened its inspector: its port may be taken by another process. Start the program with --inspect-port=0, or have it call inspectable()`,
  );
}

function configuredPort(pid: number): number | undefined {
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  const port = /\0--inspect(?:-brk|-wait|-port)?=(?:[^\0]*:)?(\d+)\0/.exec(command)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** Has every copy of the library in the process make its report. */
function expressionFor(pid: number, scripts: readonly string[]): string {
  const copies = [...new Set(scripts.filter((url) => OF_A_COPY.test(url)))];
  if (copies.length === 0) {
    throw new Failure(
      `Process ${pid} has not loaded skein as a package of its own: if skein is in its bundle, have it call inspectable()`,
    );
  }
  return `JSON.stringify(${JSON.stringify(copies)}.map((url) => {
    const require = process.getBuiltinModule("node:module").createRequire(url);
    return require("../package.json").name === "skein" ? require("./inspect.js").processReport() : null;
  }).filter(Boolean))`;
}

/** The reports of several copies as one. */
function joined(text: string): ProcessReport {
  const reports = JSON.parse(text) as ProcessReport[];
  const [first] = reports;
  if (first === undefined) throw new Failure("The process has not loaded skein");
  return {
    ...first,
    tasks: reports.flatMap(({ tasks }, index) =>
      tasks.map((task) => numbered(task, index, reports.length)),
    ),
    pools: reports.flatMap(({ pools }) => pools),
  };
}

/** Nodes of several copies have different ids. */
function numbered(node: ReportNode, index: number, copies: number): ReportNode {
  return {
    ...node,
    id: node.id * copies + index,
    children: node.children.map((child) => numbered(child, index, copies)),
  };
}
