import { SkeinError } from "../errors.ts";

/** What there is one of in a process: the clock, and the order in which everything goes on. */
export type Sole = "time" | "order";

const MESSAGES: Readonly<Record<Sole, string>> = {
  time: "Another body runs in virtual time: there is one clock, so run such tests one after another",
  order:
    "Another body runs with a seed: it decides for the whole process, so run such tests one after another",
};

const taken = new Set<Sole>();

/**
 * Takes it for a body.
 *
 * @returns gives it back
 * @throws SkeinError with the code `ERR_SKEIN_TEST_OVERLAP` if another body has it
 */
export function claim(sole: Sole): () => void {
  if (taken.has(sole)) throw new SkeinError("ERR_SKEIN_TEST_OVERLAP", MESSAGES[sole]);
  taken.add(sole);
  return () => void taken.delete(sole);
}

export function isClaimed(sole: Sole): boolean {
  return taken.has(sole);
}
