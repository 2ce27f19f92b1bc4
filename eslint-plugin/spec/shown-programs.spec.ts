import { describe, expect, it } from "vitest";
import { findingsIn, shownPrograms } from "./linting.ts";

/** The one program that shows a mistake, to tell what comes of it. */
const mistake = "await sleep(60_000, scope).catch(() => {});";

describe("recommended", () => {
  it.each(shownPrograms())("finds nothing in $place", ({ code }) => {
    const rules = findingsIn(code).map((finding) => finding.split(" ")[1]);
    expect(rules).toEqual(code.includes(mistake) ? ["skein/no-swallowed-cancellation"] : []);
  });
});
