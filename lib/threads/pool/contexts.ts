import { isImportable } from "../closure/importable.ts";
import { type Shipment, shipFunction } from "../closure/ship.ts";
import { explainCloneFailure } from "../codec/refusal.ts";
import { encodeValue } from "../codec/values.ts";
import { type CallContext, callContexts } from "../call-context.ts";
import { type Program, programOf } from "./program.ts";

/** A context that goes with a call. */
export interface CarriedContext {
  readonly program: Program;
  /** Encoded: the values that its `run` captures. */
  readonly values: unknown;
  /** Encoded: what was captured of it for this call. */
  readonly value: unknown;
}

/** How each travels; `null` for what no thread could have. */
const shipments = new WeakMap<CallContext, Shipment | null>();

/**
 * What goes with a call that is made now.
 *
 * @throws what a `capture` throws, NotTransferableError for what it gives, ShipError for a `run`
 */
export function captureContexts(): readonly CarriedContext[] | undefined {
  const carried: CarriedContext[] = [];
  for (const context of callContexts()) {
    const shipment = shipmentOf(context);
    if (shipment === null) continue;
    const value = context.capture();
    if (value === undefined) continue;
    const { code, values } = shipment;
    carried.push({ program: programOf(code), values, value: copyOf(value, "context") });
  }
  return carried.length === 0 ? undefined : carried;
}

function shipmentOf(context: CallContext): Shipment | null {
  let shipment = shipments.get(context);
  if (shipment === undefined) {
    shipment = ship(context);
    shipments.set(context, shipment);
  }
  return shipment;
}

function ship({ run, home }: CallContext): Shipment | null {
  if (home !== undefined && !isImportable(home)) return null;
  const { code, values } = shipFunction(run as (...args: never[]) => unknown);
  return { code, values: cloned(values, "captured") };
}

/** As it is now: the call may have to wait. */
function copyOf(value: unknown, base: string): unknown {
  return cloned(encodeValue(value, base), base);
}

function cloned(encoded: unknown, base: string): unknown {
  try {
    return structuredClone(encoded);
  } catch (failure) {
    throw explainCloneFailure(failure, encoded, base);
  }
}
