import { createRequire } from "node:module";
import type * as skein from "../../lib/index.ts";
import type * as contract from "../../lib/testing/executor.ts";

const require = createRequire(import.meta.url);

/**
 * The contract of executors as it is built and as users import it, past what the test runner makes of modules: so threads and
 * workers import the functions that it calls.
 */
export const { executorContract } = require("skein/testing/executor") as typeof contract;

/** The pool beside it, for a function that is declared in a package is imported by threads of one that is itself in it. */
export const { Threadpool } = require("skein") as typeof skein;
