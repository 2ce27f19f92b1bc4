/** A symbol that all threads have. */
export type SharedSymbol =
  | { readonly kind: "symbol"; readonly registered: string }
  | { readonly kind: "symbol"; readonly wellKnown: string };

const wellKnown: ReadonlyMap<symbol, string> = new Map(
  Object.getOwnPropertyNames(Symbol)
    .map((name): [unknown, string] => [(Symbol as unknown as Record<string, unknown>)[name], name])
    .filter((entry): entry is [symbol, string] => typeof entry[0] === "symbol"),
);

const symbols = new Map([...wellKnown].map(([symbol, name]) => [name, symbol]));

export function encodeSymbol(symbol: symbol): SharedSymbol | undefined {
  const registered = Symbol.keyFor(symbol);
  if (registered !== undefined) return { kind: "symbol", registered };
  const name = wellKnown.get(symbol);
  return name === undefined ? undefined : { kind: "symbol", wellKnown: name };
}

export function decodeSymbol(symbol: SharedSymbol): symbol {
  return "registered" in symbol ? Symbol.for(symbol.registered) : symbols.get(symbol.wellKnown)!;
}
