import { runJob, skipJob, takesTurns } from "./worker/run-job.ts";
import { WorkerLane } from "./worker/worker-lane.ts";
import type { Errand } from "./protocol.ts";

const jobs = { run: runJob, skip: skipJob, takesTurns };

/** The program inside a worker thread: what the pool below calls, once per lane. */
export default async function runErrand(errand: Errand): Promise<void> {
  switch (errand.errand) {
    case "lane":
      return await new WorkerLane(errand.port, errand.shared, jobs).serve();
    case "warm":
      return;
    case "end":
      // Ending from inside lets native add-ons clean up; terminating from outside crashes some of them.
      return process.exit(0);
  }
}
