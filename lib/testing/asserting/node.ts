import { AsyncLocalStorage as NodeStorage } from "node:async_hooks";
import type { StorageClass } from "../../host/contract.ts";

// What claims are made with, where there is Node.

export { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";

/** What keeps a value for all that is called from within a function; undefined where nothing does. */
export const AsyncLocalStorage: StorageClass | undefined = NodeStorage;

/** Bytes of the kind that programs have most. */
export const bytes: Uint8Array = Buffer.from("bytes");
