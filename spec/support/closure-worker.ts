import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { rolldown } from "rolldown";
import type { Shipment } from "../../lib/threads/closure/ship.ts";
import { shipFunction, type ShipOptions } from "../../lib/threads/closure/ship.ts";
import { decodeThrown, type EncodedThrown } from "../../lib/threads/codec/errors.ts";
import { decodeValue, encodeValue } from "../../lib/threads/codec/values.ts";

type Reply = { readonly result: unknown } | { readonly thrown: EncodedThrown };

/** The program of the worker, which runs no TypeScript, as a script. */
const program = await scriptOf(fileURLToPath(new URL("./closure-worker.mjs", import.meta.url)));

/** One worker thread that runs shipped functions. */
export class ClosureWorker {
  readonly #worker = new Worker(program, { eval: true });

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
    const { code, values } = shipment;
    this.#worker.postMessage({ code, values, args: encodeValue(args, "args") });
    const [reply] = (await once(this.#worker, "message")) as [Reply];
    if ("thrown" in reply) throw decodeThrown(reply.thrown, new Error().stack);
    return decodeValue(reply.result);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function scriptOf(input: string): Promise<string> {
  const build = await rolldown({ input, platform: "node", external: [/^node:/] });
  const { output } = await build.generate({ format: "cjs" });
  await build.close();
  return output[0].code;
}
