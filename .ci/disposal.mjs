// Stands for `Symbol.dispose` and `Symbol.asyncDispose` in the build. Where the language has none yet (Safari, Firefox up to
// 140), these are what `using` of TypeScript, Babel, SWC and esbuild and the usual polyfills look for; written as they are, each
// method of that name would be called "undefined" there.
const named = (name) => Symbol[name] ?? Symbol.for(`Symbol.${name}`);

export const dispose = /* @__PURE__ */ named("dispose");
export const asyncDispose = /* @__PURE__ */ named("asyncDispose");
