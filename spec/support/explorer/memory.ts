/** How a number lies in memory. */
export type Kind = "int" | "double" | "unit";

/** One side of a memory: what happens when it is read or written without `Atomics`. */
export interface Side {
  read(kind: Kind, at: number): number;
  write(kind: Kind, at: number, value: number): void;
}

/** So many cells at most can a view have. */
const MOST_CELLS = 64;
const SIZES = { int: 4, double: 8, unit: 2 } as const;

/** The memory that the two sides of a thread share. */
export class Memory {
  readonly #buffer: ArrayBuffer;
  readonly int: Int32Array;
  readonly double: Float64Array;
  readonly unit: Uint16Array;

  constructor(bytes: number) {
    this.#buffer = new ArrayBuffer(bytes);
    this.int = new Int32Array(this.#buffer);
    this.double = new Float64Array(this.#buffer);
    this.unit = new Uint16Array(this.#buffer);
  }

  read(kind: Kind, at: number): number {
    return this[kind][at]!;
  }

  write(kind: Kind, at: number, value: number): void {
    this[kind][at] = value;
  }

  /** All that is in it. */
  get text(): string {
    return this.int.join();
  }
}

/** What code takes for a shared buffer: a memory as one of its sides sees it. */
export class Shared {
  readonly side: Side;
  readonly byteLength: number;

  constructor(side: Side, byteLength: number) {
    this.side = side;
    this.byteLength = byteLength;
  }
}

/** What code takes for a typed array. */
export class View {
  readonly side: Side;
  readonly kind: Kind;
  readonly base: number;
  readonly length: number;

  constructor(kind: Kind, shared: Shared, byteOffset = 0, length?: number) {
    this.side = shared.side;
    this.kind = kind;
    this.base = byteOffset / SIZES[kind];
    this.length = length ?? shared.byteLength / SIZES[kind] - this.base;
    if (this.length > MOST_CELLS) throw new RangeError(`More than ${MOST_CELLS} cells`);
  }
}

for (let at = 0; at < MOST_CELLS; at++) {
  Object.defineProperty(View.prototype, at, {
    get(this: View) {
      return this.side.read(this.kind, this.base + at);
    },
    set(this: View, value: number) {
      this.side.write(this.kind, this.base + at, value);
    },
  });
}

/** Stands for the constructor of a typed array. */
export function viewsOf(kind: Kind): unknown {
  return class {
    static readonly BYTES_PER_ELEMENT = SIZES[kind];

    constructor(shared: Shared, byteOffset?: number, length?: number) {
      return new View(kind, shared, byteOffset, length);
    }
  };
}
