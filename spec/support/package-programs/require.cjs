const assert = require("node:assert/strict");
const { CancelledError, SkeinError } = require("skein");

const error = new CancelledError("stop", "cancel");
assert(error instanceof SkeinError);
assert.equal(error.code, "ERR_SKEIN_CANCELLED");
assert.equal(require("skein/package.json").name, "skein");
