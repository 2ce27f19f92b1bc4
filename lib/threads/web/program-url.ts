interface Urls {
  createObjectURL(blob: Blob): string;
  revokeObjectURL(url: string): void;
}

/** Where workers have their program from: a file of the program, or the library's own, which needs none. */
export class ProgramUrl {
  /** Whether it is a file of the program. */
  readonly isOwn: boolean;
  #href: string | undefined;
  #isRevoked = false;

  constructor(program: string | undefined) {
    this.isOwn = program !== undefined;
    this.#href = program;
  }

  /** Loads the library's own when it is asked for first. */
  async href(): Promise<string> {
    if (this.#href !== undefined) return this.#href;
    const { programText } = await import("./program-text.ts");
    if (this.#isRevoked) throw new Error("The pool is closed");
    const blob = new Blob([programText], { type: "text/javascript" });
    return (this.#href ??= (URL as object as Urls).createObjectURL(blob));
  }

  revoke(): void {
    this.#isRevoked = true;
    if (!this.isOwn && this.#href !== undefined) {
      (URL as object as Urls).revokeObjectURL(this.#href);
    }
  }
}
