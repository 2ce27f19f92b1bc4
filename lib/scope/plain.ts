/** Whether it is what a literal makes here, as nearly everything plain is. */
export function isLiteral(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** Whether it is what a literal makes, and no instance of a class, no array, no function. */
export function isPlain(value: unknown): boolean {
  if (isLiteral(value)) return true;
  return typeof value === "object" && value !== null && isMadeOfPlain(value);
}

/** Whether it inherits from nothing but plain objects, those of other realms included. Runs no getter. */
function isMadeOfPlain(value: object): boolean {
  let made = Object.getPrototypeOf(value) as object | null;
  while (made !== null) {
    const next = Object.getPrototypeOf(made) as object | null;
    const maker: unknown = Object.getOwnPropertyDescriptor(made, "constructor")?.value;
    if (maker !== undefined) return next === null && isNamedObject(maker);
    made = next;
  }
  return true;
}

function isNamedObject(maker: unknown): boolean {
  if (typeof maker !== "function") return false;
  return Object.getOwnPropertyDescriptor(maker, "name")?.value === "Object";
}

/** A plain object, or its like with what it inherits from other plain objects as its own. */
export function flattened<T extends object>(value: T): T {
  if (isLiteral(value)) return value;
  const flat = Object.create(null) as T;
  for (const name in value) if (!isOfEveryObject(value, name)) flat[name] = value[name];
  return flat;
}

/** Whether the name is there only because somebody has put it on `Object.prototype`. */
export function isOfEveryObject(value: object, name: string): boolean {
  return name in Object.prototype && !Object.hasOwn(value, name);
}
