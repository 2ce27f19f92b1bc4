// In the package `#activity` of package.json's "imports" stands in place of this file; see host.ts.
export * from "./activity/node.ts";
