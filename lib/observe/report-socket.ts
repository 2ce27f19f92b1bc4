import { tmpdir } from "node:os";
import { join } from "node:path";

/** A process that is not told otherwise answers here; on POSIX in a folder that only its user can enter. */
export function reportSocket(pid: number): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\skein-${pid}`;
  return join(reportFolder(), `${pid}.sock`);
}

export function reportFolder(): string {
  return join(tmpdir(), `skein-${process.getuid?.() ?? "user"}`);
}
