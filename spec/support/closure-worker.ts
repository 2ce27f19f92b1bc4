import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Shipment } from "../../lib/threads/closure/ship.ts";
import { shipFunction, type ShipOptions } from "../../lib/threads/closure/ship.ts";
import { decodeThrown, type EncodedThrown } from "../../lib/threads/codec/errors.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";

type Reply = { readonly result: unknown } | { readonly thrown: EncodedThrown };

/** One worker thread that runs shipped functions, built from `dist`. */
export class ClosureWorker {
  readonly #worker = new Worker(new URL("./closure-worker.mjs", import.meta.url));

  async run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return await this.runWith({}, fn, ...args);
  }

  async runWith<A extends unknown[], R>(
    options: ShipOptions,
    fn: (...args: A) => R,
    ...args: A
  ): Promise<Awaited<R>> {
    return (await this.post(shipFunction(fn, options), args)) as Awaited<R>;
  }

  async post(shipment: Shipment, args: unknown[]): Promise<unknown> {
    this.#worker.postMessage({ ...shipment, args: encodeValue(args, "args") });
    const [reply] = (await once(this.#worker, "message")) as [Reply];
    if ("thrown" in reply) throw decodeThrown(reply.thrown, new Error().stack);
    return decodeValue(reply.result);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
