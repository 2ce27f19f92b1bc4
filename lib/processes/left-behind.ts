const running = new Set<() => void>();

/**
 * Has something killed if this process exits before; until then there is one listener for all.
 *
 * @param kill - must not wait
 * @returns forgets it
 */
export function leaveNoneBehind(kill: () => void): () => void {
  if (running.size === 0) process.on("exit", killAll);
  // Each by itself, whatever function was given.
  const entry = (): void => kill();
  running.add(entry);
  return () => {
    if (running.delete(entry) && running.size === 0) process.off("exit", killAll);
  };
}

function killAll(): void {
  for (const kill of running) kill();
}
