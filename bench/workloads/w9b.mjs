import { apart } from "../harness/apart.mjs";

const programs = new URL("../harness/ambient-programs.mjs", import.meta.url).href;

export default {
  id: "W9b",
  title: "What an implied scope costs each task",
  about:
    "50,000 tasks that wait once, spawned in a group; each contender, and the floor, is a process of its own.",
  operation: "task",
  size: 50_000,
  apart: true,
  floor: { name: "explicit scope", run: apart(programs, "explicitSpawns") },
  ours: [
    {
      name: "explicit scope, skein/ambient imported",
      goal: { 20: 1, 24: 1 },
      make: () => apart(programs, "importedSpawns"),
    },
    { name: "spawn of skein/ambient", make: () => apart(programs, "ambientSpawns") },
  ],
  rivals: [],
};
