/** Reads from something thrown. That can be anything, also what throws when it is looked at: it has nothing to tell. */
export function readFrom(thrown: object, key: string): unknown {
  try {
    return (thrown as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}
