// In the package `#introspection` of package.json's "imports" stands in place of this file; see host.ts.
export * from "./introspection/node.ts";
