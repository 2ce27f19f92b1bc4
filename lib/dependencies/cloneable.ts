/**
 * What the compiler names when a provider that runs in a worker thread returns something that cannot be sent
 * from there: `Path` leads to it.
 *
 * @public
 */
export interface NotCloneable<Path extends string> {
  readonly "cannot be sent between threads: make the provider async, or say inline": Path;
}

/** @public */
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
  | (ArrayBufferView & { readonly BYTES_PER_ELEMENT: number });

/**
 * `T` where it survives being copied to another thread, and {@link NotCloneable} at each place where it does
 * not: functions, symbols, promises, weak collections. A class without methods passes here and is refused at
 * run time.
 *
 * @public
 */
export type Cloneable<T, Path extends string = "value"> = unknown extends T
  ? unknown
  : T extends CloneableLeaf
    ? T
    : T extends symbol | ((...args: never) => unknown)
      ? NotCloneable<Path>
      : T extends ReadonlyMap<infer Key, infer Value>
        ? ReadonlyMap<Cloneable<Key, `${Path}.keys()`>, Cloneable<Value, `${Path}.values()`>>
        : T extends ReadonlySet<infer Item>
          ? ReadonlySet<Cloneable<Item, `${Path}.values()`>>
          : T extends PromiseLike<unknown> | WeakMap<never, unknown> | WeakSet<never>
            ? NotCloneable<Path>
            : { [Key in keyof T]: Cloneable<T[Key], `${Path}.${Key & string}`> };
