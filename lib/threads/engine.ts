// In the package `#engine` of package.json's "imports" stands in place of this file; see host.ts.
export * from "./engine/node.ts";
