import assert from "node:assert/strict";
import { CancelledError, SkeinError } from "skein";

const error = new CancelledError("stop", "cancel");
assert(error instanceof SkeinError);
assert.equal(error.name, "AbortError");
await assert.rejects(import("skein/errors.js"), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
