/** A process that is not told otherwise answers here; on POSIX in a folder that only its user can enter. */
export function reportSocket(pid: number): string {
  if (process.platform === "win32") return `\\\\.\\pipe\\skein-${pid}`;
  return process.getBuiltinModule("path").join(reportFolder(), `${pid}.sock`);
}

export function reportFolder(): string {
  const path = process.getBuiltinModule("path");
  return path.join(
    process.getBuiltinModule("os").tmpdir(),
    `skein-${process.getuid?.() ?? "user"}`,
  );
}
