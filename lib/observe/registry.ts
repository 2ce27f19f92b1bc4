import type { ChannelEvent } from "../channels/channel-event.ts";
import type { ChannelStatistics } from "../channels/channel-statistics.ts";
import type { LifetimeEvent } from "../dependencies/lifetimes/lifetime-event.ts";
import type { LifetimeReport } from "../dependencies/lifetimes/lifetime-report.ts";
import { LifetimeStore } from "../dependencies/lifetimes/lifetime-store.ts";
import { subscribe, unsubscribe } from "../host.ts";
import type { LimiterEvent } from "../sync/limiter-event.ts";
import { siteOfCaller } from "./spawn-sites.ts";

/** What is said of everything that was made. */
interface Origin {
  readonly id: number;
  /** Where it was made. */
  readonly site?: string;
}

/** Statistics as JSON has them: what has no limit is `null`. */
type Figures<Statistics> = { readonly [Name in keyof Statistics]: number | null };

type ChannelReport = Origin & Figures<ChannelStatistics>;

type LimiterReport = Origin &
  Pick<LimiterEvent, "kind"> & { readonly figures: Figures<Record<string, number>> };

/** What there is of what was made since somebody wants to know. */
export interface RegistryReport {
  readonly channels: readonly ChannelReport[];
  readonly limiters: readonly LimiterReport[];
  readonly lifetimes: readonly (Origin & LifetimeReport)[];
}

interface Made extends Origin {
  readonly event: "channel" | "lifetime" | LimiterEvent["kind"];
  readonly subject: WeakRef<object>;
}

/**
 * Knows which channels, limiters and lifetimes are made between its own making and its end. It keeps none of them in
 * memory.
 */
export class Registry implements Disposable {
  readonly #made = new Map<number, Made>();
  readonly #gone = new FinalizationRegistry<number>((id) => this.#made.delete(id));
  readonly #subscriptions: readonly [string, (event: unknown) => void][] = [
    ["skein:channel:open", (event) => this.#add("channel", (event as ChannelEvent).channel)],
    ["skein:lifetime:open", (event) => this.#add("lifetime", (event as LifetimeEvent).lifetime)],
    [
      "skein:limiter:create",
      (event) => this.#add((event as LimiterEvent).kind, (event as LimiterEvent).limiter),
    ],
  ];
  #lastId = 0;

  constructor() {
    for (const [name, subscriber] of this.#subscriptions) subscribe(name, subscriber);
  }

  [Symbol.dispose](): void {
    for (const [name, subscriber] of this.#subscriptions) unsubscribe(name, subscriber);
    this.#made.clear();
  }

  get report(): RegistryReport {
    const report = { channels: [], limiters: [], lifetimes: [] } as {
      -readonly [Kind in keyof RegistryReport]: RegistryReport[Kind][number][];
    };
    for (const { event, subject, ...origin } of this.#made.values()) {
      const there = subject.deref();
      if (there === undefined) continue;
      if (event === "lifetime") {
        if (isUnfinished(there)) report.lifetimes.push({ ...origin, ...there.report });
        continue;
      }
      const figures = figuresOf((there as ChannelEvent["channel"]).statistics());
      if (event !== "channel") report.limiters.push({ ...origin, kind: event, figures });
      else if (isInUse(figures)) report.channels.push({ ...origin, ...figures });
    }
    return report;
  }

  #add(event: Made["event"], subject: object): void {
    const id = ++this.#lastId;
    const site = siteOfCaller();
    this.#made.set(id, {
      id,
      ...(site === undefined ? {} : { site }),
      event,
      subject: new WeakRef(subject),
    });
    this.#gone.register(subject, id);
  }
}

/** Of another version of the library it may be another class. */
function isUnfinished(lifetime: object): lifetime is LifetimeStore {
  return lifetime instanceof LifetimeStore && !lifetime._ended && lifetime.report !== undefined;
}

function isInUse({ sendingEnds, receivingEnds, buffered }: Figures<ChannelStatistics>): boolean {
  return sendingEnds !== 0 || (receivingEnds !== 0 && buffered !== 0);
}

function figuresOf<Statistics extends object>(statistics: Statistics): Figures<Statistics> {
  return Object.fromEntries(
    Object.entries(statistics).map(([name, value]) => [name, value === Infinity ? null : value]),
  ) as Figures<Statistics>;
}
