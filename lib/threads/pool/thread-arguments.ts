/** What a thread needs of the command line: modules that are loaded first, and how modules are resolved. */
const OF_THREADS =
  /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C)(?:=(.*))?$/s;

/**
 * The flags of Node for threads; undefined to let them have the same as this one. A program that was given as text
 * (`node --input-type=module --eval …`) says so by flags with which a thread, whose program is a file, cannot start.
 */
export function threadArguments(given: readonly string[]): string[] | undefined {
  if (!given.some((flag) => flag.startsWith("--input-type"))) return undefined;
  return given.flatMap((flag, index) => {
    const [, name, value] = OF_THREADS.exec(flag) ?? [];
    if (name === undefined) return [];
    return value === undefined ? [flag, given[index + 1] ?? ""] : [flag];
  });
}
