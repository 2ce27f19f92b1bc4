/**
 * CPU and wall time of one sample, added up over its laps. A workload that must prepare or check something calls
 * `start()` again when it is ready, which forgets the lap so far, and `stop()` when the measured part is over.
 */
export class Stopwatch {
  cpuNs = 0;
  wallNs = 0;
  /** What a workload measured besides time, by name. */
  notes = new Map();
  #running = false;
  #cpu = { user: 0, system: 0 };
  #wall = 0n;

  start() {
    this.#running = true;
    this.#cpu = process.cpuUsage();
    this.#wall = process.hrtime.bigint();
  }

  stop() {
    if (!this.#running) return;
    this.#running = false;
    const wall = process.hrtime.bigint() - this.#wall;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.wallNs += Number(wall);
    this.cpuNs += (user + system) * 1_000;
  }

  /** Takes a lap that another process has measured, in place of the one that runs. */
  add(cpuNs, wallNs) {
    this.#running = false;
    this.cpuNs += cpuNs;
    this.wallNs += wallNs;
  }

  note(name, value) {
    this.notes.set(name, value);
  }
}
