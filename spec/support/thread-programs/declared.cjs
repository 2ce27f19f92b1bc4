// A CommonJS module of declared functions, loaded by the entry and by the workers.
const { pathToFileURL } = require("node:url");
const { threaded } = require("skein");

const seen = new Map([["factor", 10]]);

exports.first = threaded(module, (n) => n + seen.size);
exports.second = threaded(pathToFileURL(__filename).href, (n) => n * seen.get("factor"));
