import { EAGER, NUMBER, STATE, WORD } from "../../../lib/threads/pool/protocol.ts";
import type { MainOperation } from "./dependence.ts";
import type { MainSide } from "./main-code.ts";
import type { Kind } from "./memory.ts";
import { isIdle, type Thread } from "./thread.ts";

/** Where the main thread's operations happen. */
interface Scene {
  point(thread: Thread, before: MainOperation): void;
  gave(what: number | string): void;
  tell(what: string): void;
  violate(what: string): void;
}

/** The main thread's operations on the memory of one thread. */
export class MainSideOf implements MainSide {
  readonly #world: Scene;
  readonly thread: Thread;

  constructor(world: Scene, thread: Thread) {
    this.#world = world;
    this.thread = thread;
  }

  read(kind: Kind, at: number): number {
    // It alone writes the number.
    if (!(kind === "int" && at === NUMBER)) this.#unprotected();
    const value = this.thread.memory.read(kind, at);
    this.#world.gave(value);
    return value;
  }

  write(kind: Kind, at: number, value: number): void {
    if (kind === "int" && at === EAGER) this.#eager(value);
    else this.#unprotected();
    this.thread.memory.write(kind, at, value);
  }

  atomic(kind: "load" | "exchange" | "add", cell: number, value: number): number {
    const { int } = this.#before(kind === "load" ? "load" : "change", cell);
    const found = int[cell]!;
    if (kind === "exchange") int[cell] = value;
    else if (kind === "add") int[cell] = found + value;
    if (kind === "exchange" && cell === WORD && (found & STATE) !== 0) {
      this.#world.violate(
        `Thread ${this.thread.id} is given a call before it has replied to the one before`,
      );
    }
    return this.#gave(found, `${kind} ${cell} ${value}`);
  }

  store(cell: number, value: number): void {
    this.#before("change", cell).int[cell] = value;
    this.#gave(value, `store ${cell}`);
  }

  compareExchange(cell: number, expected: number, value: number): number {
    const { int } = this.#before("change", cell);
    const found = int[cell]!;
    if (found === expected) int[cell] = value;
    return this.#gave(found, `compareExchange ${cell} ${expected} ${value}`);
  }

  notify(cell: number): void {
    this.#before("notify", cell);
    this.thread.notify(cell);
    this.#gave(0, `notify ${cell}`);
  }

  /** A worker without a call reads it, and clears it. */
  #eager(value: number): void {
    const isSame = value === 0 && this.thread.memory.int[EAGER] === 0;
    if (!isSame) this.#world.point(this.thread, { kind: "change", cell: EAGER });
  }

  /** Memory that is not the main thread's at this moment can change under it. */
  #unprotected(): void {
    if (!isIdle(this.thread.word)) this.#world.point(this.thread, { kind: "unprotected" });
  }

  #before(kind: "load" | "change" | "notify", cell: number): Thread["memory"] {
    this.#world.point(this.thread, { kind, cell });
    return this.thread.memory;
  }

  #gave(found: number, what: string): number {
    this.#world.gave(found);
    this.#world.tell(`    main: ${what} of thread ${this.thread.id}: ${found}`);
    return found;
  }
}
