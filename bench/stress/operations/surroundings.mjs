/** What changes around the calls: totals, the ends of pools, permits that code on the event loop holds. */

/** Another total for a while; 0 lets everybody wait. */
export function total(round, home, { total, forMs, isOther }) {
  const limiter = isOther ? home.other : home.limiter;
  if (limiter === undefined) return;
  limiter.total = total;
  round.later(forMs, () => (limiter.total = isOther ? round.plan.otherTotal : home.threads));
}

export async function onEventLoop(round, home, { ms }) {
  const { limiter } = home;
  if (limiter === undefined) return;
  await round.must(
    home,
    "a permit for the event loop",
    limiter.with(() => round.pause(ms)),
  );
}

/** Starts threads before they are needed, where pools can. */
export async function prewarm(round, home, { size }) {
  if (typeof home.pool.prewarm !== "function" || home.ending !== undefined) return;
  const entry = round.ledger.add({
    kind: `prewarm(${size})`,
    home,
    judge: (settled) =>
      "value" in settled || home.ending !== undefined ? undefined : "should resolve",
  });
  await round.ledger.follow(
    entry,
    Promise.resolve(home.pool.prewarm(Math.min(size, home.threads))),
  );
}

export function statistics(round, home) {
  for (const [name, value] of Object.entries(home.pool.statistics())) {
    const isFigure = typeof value !== "number" || value >= 0;
    if (!isFigure) round.program.find("wrong statistics", `${name} is ${value}`);
  }
  for (const limiter of home.limiters) {
    const { used, waiting } = limiter.statistics();
    if (used < 0 || waiting < 0) {
      round.program.find("wrong statistics", `of a limiter: used ${used}, waiting ${waiting}`);
    }
  }
}

export function close(round, home) {
  return round.end(home, "close()", () => home.close());
}

export function destroy(round, home, { withReason }) {
  const reason = withReason ? new Error("the stress program destroys its pool") : undefined;
  return round.end(home, "destroy()", () => home.destroy(reason));
}
