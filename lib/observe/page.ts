// In the package `#page` of package.json's "imports" stands in place of this file; see host.ts.
export * from "./page/node.ts";
