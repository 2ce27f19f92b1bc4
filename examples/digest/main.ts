import { main } from "skein";
import { digestFolder, type Summary } from "./digest-folder.ts";
import { readOptions, usage, UsageError } from "./options.ts";
import { asJson, asText } from "./output.ts";

await main(async (program) => {
  process.stdout.on("error", (error) => program.cancel(error));
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === "help") {
      process.stdout.write(`${usage}\n`);
      return;
    }
    const output = options.json ? asJson : asText();
    program.defer(() => output.clear());
    const summary = await digestFolder(options, output, program);
    output.clear();
    output.finished(summary);
    complainOf(summary);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
});

function complainOf({ complete, value, found, unreadable }: Summary): void {
  if (!complete) {
    process.stderr.write(`Time was over after ${value.files} of ${found} files\n`);
  }
  for (const { path, problem } of unreadable) {
    process.stderr.write(`Could not read ${path}: ${problem}\n`);
    process.exitCode = 1;
  }
}
