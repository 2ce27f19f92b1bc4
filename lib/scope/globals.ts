/**
 * Names that the declarations of this package take for granted and that some projects lack: `Disposable` comes with the
 * types of Node or a `lib` of `ESNext`, `AbortSignal` with the types of Node or `lib` of `DOM`. Where they are known
 * these add nothing to them; where they are not, an `AbortSignal` is something of which nothing is known.
 */
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }
  interface Disposable {
    [Symbol.dispose](): void;
  }
  interface AsyncDisposable {
    [Symbol.asyncDispose](): PromiseLike<void>;
  }
  interface AbortSignal {}
  interface AbortController {}
}

export {};
