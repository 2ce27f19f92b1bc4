// What callers and workers of the specs have in common.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { threaded } from "skein";
import { callId, checkCancelled, progress } from "skein/worker";

const declare = (name, fn, delivery) =>
  threaded(import.meta, fn, { name: `spec/${name}`, ...(delivery && { delivery }) });

export const square = declare("square", (n) => n * n);
export const echo = declare("echo", (value) => value);
export const pid = declare("pid", () => process.pid);
export const id = declare("id", () => callId());
export const repeat = declare("repeat", (text, times) => text.repeat(times));

/** Says which process runs it, and never ends by itself. */
export const hang = declare("hang", () => {
  progress(process.pid);
  for (;;);
});

/** Says which process runs it, and ends when it is cancelled, which it says in a file. */
export const listen = declare("listen", (file) => {
  progress(process.pid);
  try {
    for (;;) checkCancelled();
  } finally {
    if (file !== undefined) writeFileSync(file, "ended");
  }
});

const hangsOnce = (file) => {
  appendFileSync(file, `${callId()}\n`);
  if (existsSync(`${file}.once`)) return callId();
  writeFileSync(`${file}.once`, "");
  progress(process.pid);
  for (;;);
};
/** Hangs when it runs for the first time; then gives its identification. */
export const once = declare("once", hangsOnce);
export const again = declare("again", (file) => hangsOnce(file), "at-least-once");

/**
 * Says which process runs it. The first time it hears of nothing but a file, and then returns; from then on it hangs until it is
 * cancelled.
 */
export const stubborn = declare(
  "stubborn",
  (file) => {
    appendFileSync(file, `start ${callId()}\n`);
    const isFirst = !existsSync(`${file}.once`);
    writeFileSync(`${file}.once`, "");
    progress(process.pid);
    while (!isFirst) checkCancelled();
    while (!existsSync(`${file}.go`));
    appendFileSync(file, `end ${callId()}\n`);
  },
  "at-least-once",
);

const mark = (file, id, ms) => {
  appendFileSync(file, `start ${id}\n`);
  progress("begun");
  const until = performance.now() + ms;
  while (performance.now() < until) checkCancelled();
  appendFileSync(file, `end ${id}\n`);
  return id;
};
/** Leaves a trace of each execution. */
export const mostOnce = declare("mark", (file, id, ms) => mark(file, id, ms));
export const leastOnce = declare(
  "mark again",
  (file, id, ms) => mark(file, id, ms),
  "at-least-once",
);

class ParseError extends Error {
  name = "ParseError";
  code = "E_PARSE";
  line = 7;
}
export const fail = declare("fail", (message) => {
  throw new ParseError(message, { cause: new RangeError("column 80") });
});
export const exits = declare("exits", (code) => process.exit(code));
export const gives = declare("gives", () => () => 1);
