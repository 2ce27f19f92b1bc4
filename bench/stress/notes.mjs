import { closeSync, ftruncateSync, openSync, readFileSync } from "node:fs";

/** A file that functions in threads write the numbers of their calls to: for those that share no memory. */
export class Notes {
  #path;
  #number = 0;

  constructor(path) {
    this.#path = path;
    this.file = openSync(path, "a");
  }

  next = () => ++this.#number;

  /** At a quiet point: no number is there twice. */
  verify(program) {
    const seen = new Set();
    for (const line of readFileSync(this.#path, "utf8").split("\n")) {
      if (line !== "" && seen.has(line)) program.find("ran twice", `the call noted ${line}`);
      seen.add(line);
    }
    ftruncateSync(this.file);
  }

  close() {
    closeSync(this.file);
  }
}
