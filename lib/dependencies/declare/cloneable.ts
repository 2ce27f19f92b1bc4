/**
 * What the compiler names where something cannot be sent between threads and would have to be: `Path` leads to it.
 *
 * @public
 */
export interface NotCloneable<Path extends string> {
  readonly "cannot be sent between threads: make the provider async, or say inline": Path;
}

/**
 * What is sent as it is, with nothing inside to look at. The classes of Node that can be cloned are known by what they
 * have.
 *
 * @public
 */
export type CloneableLeaf =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | void
  | Date
  | RegExp
  | Error
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView
  | (ArrayBufferView & { readonly BYTES_PER_ELEMENT: number })
  // A Blob, and a KeyObject.
  | { readonly size: number; readonly type: string; arrayBuffer(): unknown; stream(): unknown }
  | { readonly type: string; export(options?: never): unknown; equals(other: never): boolean };

/**
 * `T` where it survives being copied to another thread, and {@link NotCloneable} at each place where it does not:
 * functions and classes (those of `callback` excepted), symbols, promises, weak collections. A class without methods
 * passes here and is refused at run time.
 *
 * @public
 */
export type Cloneable<T, Path extends string = "value"> = unknown extends T
  ? unknown
  : T extends CloneableLeaf
    ? T
    : // One question for all that is no plain object: most values are one.
      T extends
          | readonly unknown[]
          | symbol
          | ((...args: never) => unknown)
          | (abstract new (...args: never) => unknown)
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | PromiseLike<unknown>
          | WeakMap<never, unknown>
          | WeakSet<never>
      ? // Not by a mapped type, which would go down a recursive alias such as that of JSON for ever.
        T extends readonly (infer Item)[]
        ? readonly Cloneable<Item, `${Path}[]`>[]
        : T extends ReadonlyMap<infer Key, infer Value>
          ? ReadonlyMap<Cloneable<Key, `${Path}.keys()`>, Cloneable<Value, `${Path}.values()`>>
          : T extends ReadonlySet<infer Item>
            ? ReadonlySet<Cloneable<Item, `${Path}.values()`>>
            : "~callback" extends keyof T
              ? T
              : NotCloneable<Path>
      : { [Key in keyof T]: Cloneable<T[Key], `${Path}.${Key & string}`> };
