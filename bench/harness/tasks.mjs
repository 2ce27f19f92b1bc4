/** What the tasks of the workloads do, the same for every contender. */

const nothing = Promise.resolve();

/** Nothing. */
export async function returns(value) {
  return value;
}

/** Waits for one turn of the microtask queue. */
export async function waitsOnce(value) {
  await nothing;
  return value;
}

/** A task that only counts, for a group whose handles nobody keeps. */
export class Counting {
  count = 0;
  returns = async () => void this.count++;
  waitsOnce = async () => {
    await nothing;
    this.count++;
  };
}

const cached = new Map();

/** 0, 1, 2 … as the input of a map: made once. */
export function numbers(size) {
  if (!cached.has(size))
    cached.set(
      size,
      Array.from({ length: size }, (_, i) => i),
    );
  return cached.get(size);
}
