/**
 * Whether the stress program notices what it is for: it is run on pools with a fault, and has to find that.
 * Arguments: the faults to try, all if there are none.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const RUN = fileURLToPath(new URL("run.mjs", import.meta.url));
const FAULTY = new URL("faulty.mjs", import.meta.url).href;

/** The fault, and what it has to be found as. */
const faults = {
  lost: /does not settle/,
  wrong: /wrong outcome/,
  twice: /ran twice/,
  afterwards: /ran twice|began after its end/,
  failing: /wrong outcome|the process ended/,
  permit: /no quiet|does not settle/,
  rejection: /unhandled rejection/,
  burning: /no quiet|burns/,
  blocking: /event loop stands still/,
  crashing: /the process ended/,
  lingering: /does not exit/,
  closing: /does not settle/,
};

let missed = 0;
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(faults);
for (const fault of names) {
  const expected = faults[fault];
  // What it does is drawn anew each time: some draws have no place where the fault shows.
  let found = "nothing";
  for (let tries = 0; tries < 4 && !expected.test(found); tries++) found = await findingOf(fault);
  const isFound = expected.test(found);
  if (!isFound) missed += 1;
  console.log(`${isFound ? "found " : "MISSED"}  ${fault}: ${found}`);
}
process.exitCode = missed === 0 ? 0 : 1;

function findingOf(fault) {
  const options = ["--minutes", "0.7", "--load", "0", "--bound", "8", "--idle", "30000"];
  const args = [RUN, ...options, "--library", `${FAULTY}?${fault}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (_error, output) =>
      resolve(/^FOUND: (.*)/m.exec(output)?.[1] ?? "nothing"),
    );
  });
}
