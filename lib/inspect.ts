// What `skein ps` loads into a process that it looks at, beside the library there.
export { processReport } from "./observe/process-report.ts";
