import { programText } from "./program-text.ts";

interface Urls {
  createObjectURL(blob: Blob): string;
  revokeObjectURL(url: string): void;
}

/** Where workers have their program from: a file of the program, or the library's own, which needs none. */
export class ProgramUrl {
  /** Whether it is a file of the program. */
  readonly isOwn: boolean;
  #href: string | undefined;

  constructor(program: string | undefined) {
    this.isOwn = program !== undefined;
    this.#href = program;
  }

  get href(): string {
    if (this.#href !== undefined) return this.#href;
    const blob = new Blob([programText], { type: "text/javascript" });
    this.#href = (URL as object as Urls).createObjectURL(blob);
    return this.#href;
  }

  revoke(): void {
    if (this.isOwn || this.#href === undefined) return;
    (URL as object as Urls).revokeObjectURL(this.#href);
    this.#href = undefined;
  }
}
