import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";

/** The TCP ports that a process listens on; undefined where the system does not tell. */
export function listeningPorts(pid: number): Set<number> | undefined {
  try {
    const sockets = socketsOf(pid);
    const ports = ["tcp", "tcp6"].flatMap((table) => portsIn(`/proc/${pid}/net/${table}`, sockets));
    return new Set(ports);
  } catch {
    return undefined;
  }
}

function socketsOf(pid: number): Set<string> {
  const sockets = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const socket = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (socket !== undefined) sockets.add(socket);
    } catch {
      // It has been closed meanwhile.
    }
  }
  return sockets;
}

function portsIn(table: string, sockets: ReadonlySet<string>): number[] {
  const rows = readFileSync(table, "latin1").trim().split("\n").slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING && sockets.has(fields[9] ?? ""))
    .map((fields) => Number.parseInt(fields[1]!.split(":").at(-1)!, 16));
}
