/** What W9 runs, each in a process of its own: work under a scope that is passed along, or implied. */
import { taskGroup } from "skein";
import { same } from "./same.mjs";
import { Counting, waitsOnce } from "./tasks.mjs";

const awaits = async (size) => {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += await waitsOnce(i);
  same(sum, (size * (size - 1)) / 2);
};

const spawns = async (size, open) => {
  const task = new Counting();
  await open((group) => {
    for (let i = 0; i < size; i++) group.spawn(task.waitsOnce);
  });
  same(task.count, size);
};

export const explicitAwaits = (size) => taskGroup(() => awaits(size));
export const explicitSpawns = (size) => spawns(size, taskGroup);

export async function importedAwaits(size) {
  await import("skein/ambient");
  return explicitAwaits(size);
}

export async function importedSpawns(size) {
  await import("skein/ambient");
  return explicitSpawns(size);
}

export async function ambientAwaits(size) {
  const ambient = await import("skein/ambient");
  return ambient.taskGroup(() => awaits(size));
}

export async function ambientSpawns(size) {
  const ambient = await import("skein/ambient");
  return spawns(size, (body) => ambient.taskGroup(() => body(ambient)));
}

let used = false;

/** The implied scope was used once, and is not any more. */
async function afterwards() {
  if (used) return;
  const ambient = await import("skein/ambient");
  await ambient.taskGroup(() => waitsOnce(0));
  used = true;
}

export async function afterwardsAwaits(size) {
  await afterwards();
  return awaits(size);
}
