// Writes one API report for each entry of package.json's "exports" to etc/, and fails if a report on disk differs.
// With --update it replaces them.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const root = fileURLToPath(new URL("../", import.meta.url));
const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const update = process.argv.includes("--update");
let good = true;

for (const [subpath, { types }] of Object.entries(exports)) {
  if (types === undefined) continue;
  const configObjectFullPath = `${root}api-extractor.json`;
  const configObject = ExtractorConfig.loadFile(configObjectFullPath);
  configObject.mainEntryPointFilePath = `${root}${types}`;
  configObject.apiReport.reportFileName = `${`${name}${subpath.slice(1)}`.replaceAll("/", "-")}.api.md`;
  if (subpath !== ".") {
    // What the other entries take and give is exported by the main one, which is held to both rules.
    const { extractorMessageReporting } = configObject.messages;
    extractorMessageReporting["ae-forgotten-export"].logLevel = "none";
    extractorMessageReporting["ae-unresolved-link"] = { logLevel: "none" };
  }
  const result = Extractor.invoke(
    ExtractorConfig.prepare({
      configObject,
      configObjectFullPath,
      packageJsonFullPath: `${root}package.json`,
    }),
    { localBuild: update },
  );
  good &&= result.succeeded;
}

if (!good && !update) console.error("If the API was meant to change: npm run api:update");
process.exitCode = good ? 0 : 1;
