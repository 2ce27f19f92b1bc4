// As a source the library runs on Node. In the package, `#host` of package.json's "imports" stands in place of this
// file, and the conditions there say which file of the folder it is.
export * from "./host/node.ts";
