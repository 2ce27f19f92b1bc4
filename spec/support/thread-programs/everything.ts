// Ways to carry a function, in TypeScript that types can be stripped from. Prints what came back.
import { createHash } from "node:crypto";
import { runInThreadpool, threaded } from "skein";

interface Settings {
  readonly list: readonly number[];
}

const factor: number = 10;
const settings: Settings = { list: [1, 2, 3] };
const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
const inEntry = threaded(import.meta, (n: number): number => n * factor);

class Vector {
  readonly x: number;

  constructor(x: number) {
    this.x = x;
  }
}

const thrown = await runInThreadpool((): number => {
  const nothing = null as unknown as { readonly x: number };
  return nothing.x;
}).catch((error: unknown) => error as Error);

console.log(
  JSON.stringify({
    constant: await runInThreadpool((n: number): number => n * factor, 4),
    data: await runInThreadpool((): number => settings.list.length),
    recursion: await runInThreadpool((): number => factorial(5)),
    classes: await runInThreadpool((): number => new Vector(3).x),
    builtin: await runInThreadpool(
      (text: string): string => createHash("sha1").update(text).digest("hex").slice(0, 8),
      "x",
    ),
    declaredInEntry: await inEntry(3),
    thrown: thrown instanceof TypeError,
  }),
);
