import type { ShipError } from "../../errors.ts";
import { type CapturePath, shipError } from "./refusals.ts";
import { packageOf } from "./specifier.ts";

export function foreignError(path: CapturePath, address: string): ShipError {
  const owner = address.startsWith("node:")
    ? "Node's own code"
    : `the package \`${packageOf(address) ?? address}\``;
  return shipError(
    path,
    `it belongs to ${owner}, and no import of the module that uses it leads to it`,
    "Import it inside the function: `const { … } = await import(…)`",
  );
}
