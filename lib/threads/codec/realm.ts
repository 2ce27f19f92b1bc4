// In the package `#realm` of package.json's "imports" stands in place of this file; see host.ts.
export * from "./realm/node.ts";
