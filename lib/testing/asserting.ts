// In the package `#asserting` of package.json's "imports" stands in place of this file; see host.ts.
export * from "./asserting/node.ts";
