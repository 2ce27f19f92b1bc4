import { apart } from "../harness/apart.mjs";

const programs = new URL("../harness/ambient-programs.mjs", import.meta.url).href;

export default {
  id: "W9a",
  title: "What an implied scope costs each await",
  about:
    "200,000 awaits one after another in the body of a group; each contender, and the floor, is a process of its own.",
  operation: "await",
  size: 200_000,
  apart: true,
  floor: { name: "explicit scope", run: apart(programs, "explicitAwaits") },
  ours: [
    {
      name: "explicit scope, skein/ambient imported",
      goal: { 20: 1, 24: 1 },
      make: () => apart(programs, "importedAwaits"),
    },
    { name: "taskGroup of skein/ambient", make: () => apart(programs, "ambientAwaits") },
    {
      name: "outside, after skein/ambient was used once",
      make: () => apart(programs, "afterwardsAwaits"),
    },
  ],
  rivals: [],
};
