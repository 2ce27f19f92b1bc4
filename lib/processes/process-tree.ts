import { type ProcessEntry, processTable } from "./process-table.ts";

/** What has become of somebody to whom a signal was sent. */
type Reached = "alive" | "gone";

/**
 * A process that leads a group and a session of its own, and all that have come of it.
 *
 * What belongs to it: the processes of its group, wherever they have come from. On Linux, when it is asked for the
 * whole tree, also those of its session, the children of all of these, and whoever was found so before. A process that
 * has left the group and the session, and whose parent has ended before anybody looked, is found by nobody: it is a
 * daemon.
 */
export class ProcessTree {
  readonly #leader: number;
  /** Whoever was found, with the time of its start. One who is in the group may leave it before a signal comes. */
  readonly #known = new Map<number, string>();

  constructor(leader: number) {
    this.#leader = leader;
  }

  /** Sends a signal to the whole tree. Whether anybody is there who can hear it. */
  signal(signal: NodeJS.Signals): boolean {
    const entries = this.#find();
    const group = send(-this.#leader, signal);
    let isAlive = group === "alive" && this.#hasLiveMember(entries);
    for (const { pid } of entries.filter((entry) => entry.group !== this.#leader)) {
      if (send(pid, signal) === "alive") isAlive = true;
    }
    return isAlive;
  }

  /** Whether anybody is left of the group, or of those who were found. */
  isLeft(): boolean {
    if (this.#known.size > 0) return this.#find().some(({ pid }) => send(pid, 0) === "alive");
    if (send(-this.#leader, 0) === "gone") return false;
    const entries = processTable()?.filter((entry) => entry.group === this.#leader);
    return this.#hasLiveMember(entries ?? []);
  }

  /** In a container there may be nobody who clears away what has ended, and it stays in its group for good. */
  #hasLiveMember(entries: readonly ProcessEntry[]): boolean {
    if (processTable() === undefined) return true;
    return entries.some((entry) => entry.group === this.#leader && !entry.isZombie);
  }

  /** Those of the tree that run, where they can be seen. */
  #find(): ProcessEntry[] {
    const table = processTable();
    if (table === undefined) return [];
    const children = new Map<number, ProcessEntry[]>();
    for (const entry of table) {
      const siblings = children.get(entry.parent);
      if (siblings === undefined) children.set(entry.parent, [entry]);
      else siblings.push(entry);
    }
    const found = new Set(
      table.filter(
        ({ pid, group, session, startedAt }) =>
          group === this.#leader || session === this.#leader || this.#known.get(pid) === startedAt,
      ),
    );
    // A set gives those that come in while it is gone through, too.
    for (const { pid } of found) for (const child of children.get(pid) ?? []) found.add(child);
    const living = [...found].filter((entry) => !entry.isZombie);
    for (const { pid, startedAt } of living) this.#known.set(pid, startedAt);
    return living;
  }
}

/** Who may not be sent a signal, another user's process, cannot be reached, and is not waited for. */
function send(pid: number, signal: NodeJS.Signals | 0): Reached {
  try {
    process.kill(pid, signal);
    return "alive";
  } catch {
    return "gone";
  }
}
