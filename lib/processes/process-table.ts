/** A process as Linux tells of it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Since the machine was started. With the number it tells a process from a later one of the same number. */
  readonly startedAt: string;
  /** It has ended, and nobody has asked how yet. */
  readonly isZombie: boolean;
}

let table: readonly ProcessEntry[] | undefined;

/** Every process that can be seen; `undefined` where there is no `/proc`. Read once for all who ask in one go. */
export function processTable(): readonly ProcessEntry[] | undefined {
  if (process.platform !== "linux") return undefined;
  if (table === undefined) {
    table = readTable();
    queueMicrotask(() => {
      table = undefined;
    });
  }
  return table;
}

function readTable(): ProcessEntry[] | undefined {
  const fs = process.getBuiltinModule("fs");
  let names: string[];
  try {
    names = fs.readdirSync("/proc");
  } catch {
    return undefined;
  }
  const entries: ProcessEntry[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      entries.push(entryOf(Number(name), fs.readFileSync(`/proc/${name}/stat`, "latin1")));
    } catch {
      // It has ended meanwhile.
    }
  }
  return entries.length === 0 ? undefined : entries;
}

/** See proc_pid_stat(5). The name is in brackets, and may hold spaces and brackets itself. */
function entryOf(pid: number, stat: string): ProcessEntry {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt: fields[19]!,
    isZombie: state === "Z" || state === "X",
  };
}
