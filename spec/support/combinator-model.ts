import type { Deed, What } from "./combinator-outcomes.ts";

/** What should come of a combinator, in the words of `outcomeOf`; `undefined` where nothing ever would. */
export function expectedOf(name: string, list: readonly Deed[], what: What): string | undefined {
  const told = list.map((deed, place) => ({ deed, value: `v${place}`, failure: `f${place}` }));
  const values = (...which: Deed[]) =>
    told.filter((one) => which.includes(one.deed)).map((one) => one.value);
  const failures = (...which: Deed[]) =>
    told.filter((one) => which.includes(one.deed)).map((one) => one.failure);
  const has = (...which: Deed[]) => list.some((deed) => which.includes(deed));
  const failed = (...which: string[]) => ["failed:", ...which].join(" ");

  const waits = has("stops", "gives late", "fails late");
  const cancelled = what !== "nothing" && waits;
  const outside = what === "inside, then outside" && has("gives late", "fails late");
  const reason = `reason ${outside ? "outside" : what.split(",")[0]}`;
  const everyFailure = [...failures("fails"), ...failures("fails late")];
  const inOrder = told
    .map((one) => (one.deed.startsWith("gives") ? one.value : one.failure))
    .join(" ");

  switch (name) {
    case "all":
    case "mapConcurrent":
    case "mapConcurrent, bounded":
      if (has("fails")) return failed(...everyFailure);
      if (waits && !cancelled) return undefined;
      if (has("fails late")) return failed(...everyFailure);
      return has("stops") ? reason : inOrder;
    case "allSettled":
    case "mapConcurrent, settled":
    case "mapConcurrent, bounded, settled":
      if (waits && !cancelled) return undefined;
      if (!has("stops")) return inOrder;
      return everyFailure.length > 0 ? failed(...everyFailure) : reason;
    case "any":
      if (has("gives")) return values("gives")[0];
      if (waits && !cancelled) return undefined;
      if (has("gives late")) return values("gives late")[0];
      if (waits && !has("fails late")) return reason;
      return ["all failed:", ...everyFailure].join(" ");
    case "race":
      if (list.length === 0) return undefined;
      if (waits && !cancelled && !has("gives", "fails")) return undefined;
      if (everyFailure.length > 0) return failed(...everyFailure);
      return values("gives")[0] ?? values("gives late")[0] ?? reason;
    case "retry": {
      const last = list.findIndex((deed) => deed !== "fails");
      if (list.length === 0) return undefined;
      if (last === -1) return failed(`f${list.length - 1}`);
      const deed = list[last]!;
      if (deed === "gives") return `v${last}`;
      if (what === "nothing") return undefined;
      if (deed === "stops") return `reason ${what}`;
      return deed === "gives late" ? `v${last}` : failed(`f${last}`);
    }
    case "hedge":
      if (list.length === 0) return undefined;
      if (has("gives")) return values("gives")[0];
      if (!waits) return failed(`f${list.length - 1}`);
      if (!cancelled) return undefined;
      if (has("gives late")) return values("gives late")[0];
      return has("fails late") ? failed(...failures("fails late")) : reason;
    case "streamConcurrent, settled":
    case "streamConcurrent, ordered, settled": {
      if (waits && !cancelled) return undefined;
      const stopped = has("stops") || (waits && what.includes("inside"));
      const early = told.filter(({ deed }) => deed === "gives" || deed === "fails");
      const late = told.filter(({ deed }) => deed === "gives late" || deed === "fails late");
      const word = (one: (typeof told)[number]): string =>
        one.deed.startsWith("gives") ? one.value : one.failure;
      const ordered = name.includes("ordered");
      if (!stopped) return ordered ? inOrder : [...early, ...late].map(word).join(" ");
      // Behind a place that has no result yet nothing is given, and what failed there is reported in its stead.
      const cut = ordered
        ? list.findIndex((deed) => deed !== "gives" && deed !== "fails")
        : Infinity;
      const given = early.filter((one) => told.indexOf(one) < cut);
      const rest = [...early, ...late].filter((one) => !given.includes(one));
      const unseen = rest
        .filter(({ deed }) => deed.startsWith("fails"))
        .map(({ failure }) => failure);
      return [...given.map(word), `then ${unseen.length > 0 ? failed(...unseen) : reason}`].join(
        " ",
      );
    }
    default: {
      const ordered = name === "streamConcurrent, ordered";
      if (waits && !cancelled && !has("fails")) return undefined;
      // A failure is thrown when the others have ended, and what they give is read till then; a cancellation at once.
      const fails = has("fails")
        ? failed(...everyFailure)
        : has("fails late")
          ? failed(...everyFailure)
          : null;
      // A stream has no value that its own group's `cancel()` could leave it.
      const cut = fails ?? (has("stops") || (waits && what.includes("inside")) ? reason : null);
      const read = ["gives", ...(has("fails") || cut === null ? ["gives late"] : [])];
      const given = told.filter((one, place) =>
        ordered
          ? list.slice(0, place + 1).every((deed) => read.includes(deed))
          : read.includes(one.deed),
      );
      const late = (one: { deed: Deed }) => Number(one.deed === "gives late");
      if (!ordered) given.sort((a, b) => late(a) - late(b));
      return [...given.map((one) => one.value), ...(cut === null ? [] : [`then ${cut}`])].join(" ");
    }
  }
}
