import { parseArgs } from "node:util";

/** A mistake of the one who runs the program: worth a message, not a stack trace. */
export class UsageError extends Error {}

export interface Options {
  readonly folder: string;
  readonly report: string | undefined;
  readonly timeoutMs: number;
  readonly compare: boolean;
  readonly json: boolean;
}

export const usage = `npm run demo -- [folder] [--compare] [--timeout <ms>] [--report <file>] [--json]

Reads every file of a folder (default: node_modules), and hashes, compresses and counts it in worker threads.

  --compare        digest the largest files again, in worker threads and then on the event loop
  --timeout <ms>   stop after that time, with the results so far
  --report <file>  keep what was found out about each file, as lines of JSON
  --json           tell what happens on standard output as lines of JSON`;

export function readOptions(args: string[]): Options | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const [folder = "node_modules", ...more] = positionals;
  if (more.length > 0) throw new UsageError(`Expected one folder, got ${positionals.length}`);
  return {
    folder,
    report: values.report,
    timeoutMs: readTimeout(values.timeout),
    compare: values.compare,
    json: values.json,
  };
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const milliseconds = text.trim() === "" ? NaN : Number(text);
  if (milliseconds >= 0) return milliseconds;
  throw new UsageError(
    `Expected --timeout to be milliseconds of 0 or more, got ${JSON.stringify(text)}`,
  );
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the type is made of the options
function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        timeout: { type: "string" },
        report: { type: "string" },
        compare: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
