import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const WARM_UP_MS = 500;
const SAMPLE_MS = 100;

/** The process of a contender, which waits for its turn. */
export class Running {
  samples = [];
  spentMs = 0;
  #size;
  #operations;
  #laps = 1;
  #child;
  #answers;

  constructor({ name, slow = false }, { command, args, env }, workload) {
    this.name = name;
    this.#size = slow ? workload.slow : workload.size;
    this.#operations = (workload.operations ?? Number)(this.#size);
    this.#child = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async warmUp() {
    let best = Infinity;
    const end = performance.now() + WARM_UP_MS;
    for (let run = 0; run < 2 || (performance.now() < end && run < 100); run++) {
      const { wall } = await this.#ask();
      best = Math.min(best, wall / this.#laps);
      this.#laps = Math.ceil((SAMPLE_MS * 1e6) / best);
      if (best > SAMPLE_MS * 1e6) break;
    }
  }

  async sample() {
    const start = performance.now();
    const { cpu, wall } = await this.#ask();
    this.spentMs += performance.now() - start;
    const operations = this.#laps * this.#operations;
    this.samples.push({ cpu: cpu / operations, wall: wall / operations });
  }

  end() {
    this.#child.stdin.end();
  }

  async #ask() {
    this.#child.stdin.write(`${this.#size} ${this.#laps}\n`);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended without an answer`);
    return JSON.parse(value);
  }
}
