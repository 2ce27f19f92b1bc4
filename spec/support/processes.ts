import { readdirSync, readFileSync } from "node:fs";

let last = 0;

/** An environment by which a process and all that comes of it are known, wherever they go. */
export function marked(): {
  readonly env: Record<string, string | undefined>;
  readonly mark: string;
} {
  const mark = `${process.pid}-${++last}`;
  return { env: { ...process.env, SKEIN_SPEC_MARK: mark }, mark };
}

/** The numbers of the processes with this mark that run. Linux alone tells; elsewhere there are none. */
export function running(mark: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        if (!variables.includes(`SKEIN_SPEC_MARK=${mark}`)) return false;
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);
}
