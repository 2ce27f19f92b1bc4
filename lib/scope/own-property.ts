/** Sets a property of the object's own, whatever its name and whatever prototypes have under it. */
export function setOwn(object: object, key: PropertyKey, value: unknown, enumerable = true): void {
  Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true });
}
