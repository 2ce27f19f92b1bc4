/** What an event of each phase must have beside its name and phase, by Chrome's document of the Trace Event Format. */
const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  M: { pid: "number", tid: "number", args: "object" },
  X: { cat: "string", ts: "number", dur: "number", pid: "number", tid: "number", args: "object" },
  s: { cat: "string", id: "number", ts: "number", pid: "number", tid: "number" },
  f: { cat: "string", id: "number", ts: "number", pid: "number", tid: "number", bp: "string" },
};
const metadata = ["process_name", "thread_name", "thread_sort_index"];

type Event = Readonly<Record<string, unknown>>;

/** Says what a reader of the format would stumble over. */
export function traceFormatProblems(trace: unknown): string[] {
  const { traceEvents, displayTimeUnit } = trace as Event;
  const events = traceEvents as Event[];
  return [
    ...(displayTimeUnit === "ms" || displayTimeUnit === "ns" ? [] : ["no unit of time"]),
    ...events.flatMap((event) =>
      problemsOf(event).map((what) => `${JSON.stringify(event)} ${what}`),
    ),
    ...events
      .filter(({ ph }) => ph === "s" || ph === "f")
      .flatMap((end) => flowProblems(end, events)),
    ...nameProblems(events),
  ];
}

function problemsOf(event: Event): string[] {
  const expected = fields[String(event["ph"])];
  if (expected === undefined) return ["is of no known phase"];
  if (typeof event["name"] !== "string" || event["name"] === "") return ["has no name"];
  const wrong = Object.entries(expected).filter(([key, type]) => typeof event[key] !== type);
  const numbers = ["ts", "dur", "pid", "tid"].filter((key) => {
    const value = event[key];
    return value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 0);
  });
  const isUnknown = event["ph"] === "M" && !metadata.includes(String(event["name"]));
  return [
    ...wrong.map(([key, type]) => `lacks "${key}", a ${type}`),
    ...numbers.map((key) => `has a "${key}" that is no time or number`),
    ...(isUnknown ? ["is no metadata that readers know"] : []),
  ];
}

/** An arrow has two ends, each inside a slice of its track. */
function flowProblems(end: Event, events: readonly Event[]): string[] {
  const { id, ph, tid, ts } = end as { id: number; ph: string; tid: number; ts: number };
  const others = events.filter((event) => event["id"] === id && event["ph"] !== ph);
  const slices = events.filter((event) => {
    const { ph: phase, tid: track, ts: from, dur } = event as typeof end & Record<string, number>;
    return phase === ("X" as never) && track === tid && from! <= ts && ts <= from! + dur!;
  });
  return [
    ...(others.length === 1 ? [] : [`arrow ${id} has ${others.length + 1} ends`]),
    ...(slices.length > 0 ? [] : [`arrow ${id} leads outside of every slice`]),
  ];
}

/** Every track that something is drawn on has a name. */
function nameProblems(events: readonly Event[]): string[] {
  const named = new Set(events.filter(({ name }) => name === "thread_name").map(({ tid }) => tid));
  const drawn = new Set(events.filter(({ ph }) => ph === "X").map(({ tid }) => tid));
  return [...drawn]
    .filter((tid) => !named.has(tid))
    .map((tid) => `track ${String(tid)} has no name`);
}
