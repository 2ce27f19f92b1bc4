/** What has to hold once nothing runs: no permit is held, no thread is there that nobody needs. */
import { setTimeout as elapsed } from "node:timers/promises";

/** Threads that are kept ready beside those that work. */
const SPARE = 2;
/** How soon a thread that nobody needs is waited for. */
const SHORT_IDLE_MS = 1000;

export async function calm(program, homes) {
  program.progressed();
  for (;;) {
    const excess = [...homes.flatMap((home) => excessOf(home)), ...excessOfThreads(program, homes)];
    if (excess.length === 0) return;
    if (program.isOverdue) program.find("no quiet", excess.join("\n"));
    await elapsed(20);
    program.collect();
  }
}

function excessOf(home) {
  const { name, pool, dropped, idleMs, threads, limiters, ending } = home;
  const excess = [];
  const statistics = pool.statistics();
  if (statistics.running > 0 || statistics.queued > 0) {
    excess.push(`${name} counts calls where there are none: ${JSON.stringify(statistics)}`);
  }
  for (const limiter of limiters) {
    const { used, waiting } = limiter.statistics();
    if (used > 0 || waiting > 0) {
      excess.push(`a limiter of ${name}: ${used} permits used, ${waiting} waiting, nobody has any`);
    }
  }
  const most = threads + SPARE + dropped.size;
  if (idleMs <= SHORT_IDLE_MS && ending === undefined && statistics.threads > most) {
    excess.push(
      `${name} keeps ${statistics.threads} threads after ${idleMs} ms, expected at most ${most}`,
    );
  }
  return excess;
}

function excessOfThreads(program, homes) {
  let counted = 0;
  for (const { pool } of homes) counted += pool.statistics().threads + SPARE;
  if (program.aliveThreads <= counted) return [];
  return [
    `${program.aliveThreads} threads are alive, the pools know of ${counted - SPARE * homes.length}`,
  ];
}

/** After `close()` or `destroy()`. */
export function checkEnded(program, home, name) {
  const { running, queued, threads } = home.pool.statistics();
  if (running + queued + threads > 0) {
    program.find(
      `${name} came back too early`,
      `${home.name}: ${JSON.stringify(home.pool.statistics())}`,
    );
  }
}
