export type {} from "./scope/globals.ts";
export { got as describeValue } from "./errors.ts";
export { type CallContexts, runInContexts } from "./executor/call-contexts.ts";
export { type FunctionIdentity, identityNamed, identityOf } from "./executor/identity.ts";
export { type CallKeeper, callOptions, type ExecutorCall, openCall } from "./executor/open-call.ts";
export {
  deserializeThrown,
  deserializeValue,
  serializeThrown,
  serializeValue,
} from "./executor/wire.ts";
export { KnownOptions, type OptionCheck, type OptionChecks } from "./scope/options.ts";
